#include <markhor/error.hpp>
#include <markhor/options.hpp>

namespace markhor {

std::vector<std::int64_t> Ints::expand(std::size_t axes, const std::string& what) const {
    if (values_.size() == axes && axes > 0) return values_;
    if (values_.size() == 1) return std::vector<std::int64_t>(axes, values_[0]);
    std::string came;
    for (const std::int64_t value : values_) came += (came.empty() ? "" : ", ") + std::to_string(value);
    came = is_set() ? "(" + came + ")" : "None";
    throw ValueError(what + " is " + came + "; one integer" + (axes > 1 ? " or " + std::to_string(axes) : "") +
                     " is wanted");
}

}  // namespace markhor
