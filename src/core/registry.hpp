// Things made from Keras's names: each class (a loss, a metric) registers itself where it is defined, by its class name
// and by the names of the functions and the short forms that stand for it ("mse").
#pragma once

#include <functional>
#include <map>
#include <markhor/error.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace markhor {

template <class Base>
class Registry {
public:
    using Make = std::function<std::shared_ptr<Base>()>;

    /// `kind` is "loss", "metric", …
    explicit Registry(std::string_view kind) : kind_(kind) {}

    /// The first of `names` is the class name: "MeanSquaredError".
    void add(const std::vector<std::string_view>& names, const Make& make) {
        for (const std::string_view name : names) makers_.emplace(name, Entry{name == names.front(), make});
    }

    /// One with Keras's defaults, to be filled through describe(); null for an unknown name.
    std::shared_ptr<Base> find(std::string_view name) const {
        const auto found = makers_.find(name);
        return found == makers_.end() ? nullptr : found->second.make();
    }

    /// As find(); throws ValueError, listing the classes, for an unknown name.
    std::shared_ptr<Base> make(std::string_view name) const {
        if (std::shared_ptr<Base> made = find(name)) return made;
        std::string list;
        for (const std::string& known : class_names()) list += (list.empty() ? "" : ", ") + known;
        throw ValueError("there is no " + kind_ + " named \"" + std::string(name) + "\"; known: " + list);
    }

    std::vector<std::string> class_names() const {
        std::vector<std::string> names;
        for (const auto& [name, entry] : makers_) {
            if (entry.is_class) names.push_back(name);
        }
        return names;
    }

private:
    struct Entry {
        bool is_class = false;
        Make make;
    };
    std::string kind_;
    std::map<std::string, Entry, std::less<>> makers_;
};

}  // namespace markhor
