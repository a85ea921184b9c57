#pragma once
// `lrproof attribute --symbolic`: relevance as formulas of the input, with the conditions under which they hold.
#include "job/attribute.hpp"

namespace lrproof::job {

enum class FormulaFormat { text, json };

/// The formulas of the asked inputs as one text; with request.smt also a file for solvers.
base::Result<std::string> attribute_symbolic(const AttributeRequest& request, FormulaFormat format);

}  // namespace lrproof::job
