// Every number is a real variable; pos, neg, abs, gates and stabilisers are case distinctions, and a quotient q = n / S
// is a variable with q S = n. The law's negation is asked for.
#include "prove/smt/rule_law.hpp"

#include <algorithm>

#ifdef LRPROOF_HAVE_Z3
#include <z3++.h>
#endif

namespace lrproof::prove {

#ifdef LRPROOF_HAVE_Z3

namespace {

constexpr unsigned kSteps = 400'000;

class UnitFormula {
 public:
  UnitFormula(z3::context& context, const rule::AffineRule& rule, int fan_in)
      : context_(context),
        rule_(rule),
        b_(real("b")),
        low_(real("low")),
        high_(real("high")),
        z_(b_),
        holds_(context.bool_val(true)) {
    for (int i = 0; i < fan_in; ++i) {
      a_.push_back(real("a" + std::to_string(i))), w_.push_back(real("w" + std::to_string(i)));
      z_ = z_ + a_[std::size_t(i)] * w_[std::size_t(i)];
      assume_premises(a_.back());
    }
    for (int i = 0; i < fan_in; ++i) share_.push_back(number(0));
    for (std::size_t t = 0; t < rule.terms.size(); ++t) add_term(rule.terms[t], t);
  }

  // Premises, the quotients' meaning, and the law's negation.
  z3::expr broken(SmtLaw law) const {
    const z3::expr all_divide = off_zero();
    z3::expr sum = number(0), negative = context_.bool_val(false);
    for (const auto& s : share_) sum = sum + s, negative = negative || s < number(0);
    switch (law) {
      case SmtLaw::conserves:
        return holds_ && all_divide && z_ != number(0) && sum != number(1);
      case SmtLaw::conserves_unbiased:
        return holds_ && all_divide && z_ != number(0) && b_ == number(0) && sum != number(1);
      case SmtLaw::positive:
        return holds_ && negative;
      case SmtLaw::denominators:
        return holds_ && divides_by_zero();
      case SmtLaw::dead_input:
        return holds_ && a_[0] == number(0) && share_[0] != number(0);
      case SmtLaw::zero_weight:
        return holds_ && w_[0] == number(0) && share_[0] != number(0);
      case SmtLaw::gradient:
        return holds_ && all_divide && z_ != number(0) && share_[0] * z_ != a_[0] * w_[0];
      case SmtLaw::none:
        break;
    }
    return context_.bool_val(false);
  }

 private:
  struct Part {
    z3::expr open, divisor;
    std::vector<z3::expr> numerators;
  };

  z3::expr real(const std::string& name) const { return context_.real_const(name.c_str()); }
  z3::expr number(int v) const { return context_.real_val(v); }
  z3::expr number(const num::Rational& v) const { return context_.real_val(v.to_string().c_str()); }
  z3::expr pos(const z3::expr& e) const { return z3::ite(e > number(0), e, number(0)); }
  z3::expr neg(const z3::expr& e) const { return z3::ite(e < number(0), e, number(0)); }

  void assume_premises(const z3::expr& a) {
    for (const auto premise : rule_.premises) {
      if (premise == rule::Premise::inputs_nonnegative) holds_ = holds_ && a >= number(0);
      if (premise == rule::Premise::inputs_in_domain) holds_ = holds_ && low_ <= a && a <= high_;
    }
  }

  z3::expr factor(rule::Phi phi, const z3::expr& a) const {
    switch (phi) {
      case rule::Phi::one:
        return number(1);
      case rule::Phi::a:
        return a;
      case rule::Phi::pos:
        return pos(a);
      case rule::Phi::neg:
        return neg(a);
      case rule::Phi::low:
        return low_;
      case rule::Phi::high:
        return high_;
    }
    return number(0);
  }
  z3::expr factor(rule::Psi psi, const z3::expr& w) const {
    switch (psi) {
      case rule::Psi::one:
        return number(1);
      case rule::Psi::w:
        return w;
      case rule::Psi::pos:
        return pos(w);
      case rule::Psi::neg:
        return neg(w);
      case rule::Psi::square:
        return w * w;
      case rule::Psi::pos_square:
        return pos(w) * w;
      case rule::Psi::neg_square:
        return neg(w) * w;
      case rule::Psi::abs:
        return pos(w) - neg(w);
    }
    return number(0);
  }
  z3::expr factor(rule::Chi chi) const {
    switch (chi) {
      case rule::Chi::b:
        return b_;
      case rule::Chi::pos:
        return pos(b_);
      case rule::Chi::neg:
        return neg(b_);
      case rule::Chi::square:
        return b_ * b_;
      case rule::Chi::pos_square:
        return pos(b_) * b_;
      case rule::Chi::neg_square:
        return neg(b_) * b_;
    }
    return number(0);
  }
  z3::expr opens(rule::Gate gate) const {
    switch (gate) {
      case rule::Gate::always:
        break;
      case rule::Gate::positive:
        return z_ > number(0);
      case rule::Gate::negative:
        return z_ < number(0);
      case rule::Gate::non_negative:
        return z_ >= number(0);
      case rule::Gate::non_positive:
        return z_ <= number(0);
    }
    return context_.bool_val(true);
  }
  z3::expr stabilised(const rule::Stabilizer& s, const z3::expr& d) const {
    using Kind = rule::Stabilizer::Kind;
    const z3::expr epsilon = number(s.epsilon);
    const z3::expr up = s.zero_sign > 0 ? d >= number(0) : d > number(0);
    switch (s.kind) {
      case Kind::none:
        break;
      case Kind::signed_:
        return z3::ite(up, d + epsilon, d - epsilon);
      case Kind::unsigned_:
        return d + epsilon;
      case Kind::clip:
        return z3::ite(up, z3::ite(d > epsilon, d, epsilon), z3::ite(-d > epsilon, d, -epsilon));
      case Kind::zero_only:
        return z3::ite(d == number(0), epsilon, d);
    }
    return d;
  }

  void add_term(const rule::Term& term, std::size_t t) {
    Part part{opens(term.gate), number(0), {}};
    z3::expr d = number(0);
    for (std::size_t i = 0; i < a_.size(); ++i) {
      z3::expr n = number(0);
      for (const auto& p : term.numerator) n = n + number(p.coefficient) * factor(p.phi, a_[i]) * factor(p.psi, w_[i]);
      part.numerators.push_back(n);
      d = d + n;
    }
    for (const auto& p : term.bias) d = d + number(p.coefficient) * factor(p.chi);
    part.divisor = stabilised(term.stabilizer, d);
    for (std::size_t i = 0; i < a_.size(); ++i) {
      const z3::expr q = real("q" + std::to_string(t) + "_" + std::to_string(i));
      holds_ = holds_ && z3::implies(part.divisor != number(0), q * part.divisor == part.numerators[i]);
      share_[i] = share_[i] + z3::ite(part.open && part.divisor != number(0), number(term.share) * q, number(0));
    }
    parts_.push_back(part);
  }
  z3::expr off_zero() const {
    z3::expr all = context_.bool_val(true);
    for (const Part& part : parts_) all = all && z3::implies(part.open, part.divisor != number(0));
    return all;
  }
  z3::expr divides_by_zero() const {
    z3::expr any = context_.bool_val(false);
    for (const Part& part : parts_)
      for (const auto& n : part.numerators) any = any || (part.open && part.divisor == number(0) && n != number(0));
    return any;
  }

  z3::context& context_;
  const rule::AffineRule& rule_;
  std::vector<z3::expr> a_, w_, share_;
  z3::expr b_, low_, high_, z_, holds_;
  std::vector<Part> parts_;
};

}  // namespace

SmtOpinion smt_opinion(const rule::AffineRule& rule, SmtLaw law, int fan_in,
                       const std::function<void(const std::string&)>& question) {
  const bool scaled = std::any_of(rule.terms.begin(), rule.terms.end(), [](const auto& t) { return t.stabilizer.rms; });
  if (scaled || law == SmtLaw::none) return SmtOpinion::none;
  try {
    z3::context context;
    z3::solver solver(context);
    solver.set("rlimit", kSteps);
    solver.add(UnitFormula(context, rule, fan_in).broken(law));
    if (question) question("(set-logic QF_NRA)\n" + solver.to_smt2());
    const auto answer = solver.check();
    return answer == z3::unsat ? SmtOpinion::holds : answer == z3::sat ? SmtOpinion::broken : SmtOpinion::none;
  } catch (const z3::exception&) {
    return SmtOpinion::none;
  }
}

#else

SmtOpinion smt_opinion(const rule::AffineRule&, SmtLaw, int, const std::function<void(const std::string&)>&) {
  return SmtOpinion::none;
}

#endif

}  // namespace lrproof::prove
