#pragma once
// Symbols as text: a list of definitions in an order that can be read and checked, each shared part named once. Two
// notations: infix for people, SMT-LIB 2 (logic QF_NRA) for solvers.
#include <string>
#include <unordered_map>

#include "num/symbol.hpp"

namespace lrproof::num {

using Names = std::unordered_map<const Expression*, std::string>;

class Definitions {
 public:
  /// What `wanted` and `conditions` are made of. `names`: of variables (all of them) and of parts that have one; other
  /// parts that are used more than once become t1, t2, ...
  Definitions(const Expressions& all, Names names, const std::vector<Symbol>& wanted,
              const std::vector<Condition>& conditions);

  const std::vector<const Expression*>& order() const { return order_; }  ///< each after what it is made of
  const std::string& name(const Expression* e) const { return names_.at(e); }
  std::string infix(const Symbol& s) const;           ///< by its name where it has one
  std::string infix_body(const Expression* e) const;  ///< what a named one is made of
  std::string smt(const Symbol& s) const;
  std::string smt_body(const Expression* e) const;
  std::string infix(const Condition& c) const;  ///< "fc1[0] > 0"
  std::string smt(const Condition& c) const;
  std::string smt_name(const std::string& name) const { return "|" + name + "|"; }

 private:
  struct Term {
    Symbol part;
    bool minus;
  };
  bool is_named(const Symbol& s) const { return !s.is_constant() && names_.count(s.expression()) > 0; }
  std::vector<Term> terms(const Expression* sum) const;
  std::string infix_sum(const Expression* e) const;
  std::string infix_product(const Expression* e) const;
  std::string factor(const Symbol& s, bool first) const;

  Names names_;
  std::vector<const Expression*> order_;
};

}  // namespace lrproof::num
