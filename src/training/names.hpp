// Things made from Keras's names ("mse"): one table a kind, with the error that lists what there is.
#pragma once

#include <functional>
#include <markhor/error.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace markhor {

template <class T>
struct Named {
    std::vector<std::string_view> names;  // the first is the one that errors list
    std::function<T()> make;
};

/// The thing of this name; throws ValueError listing the known ones. `kind` is "loss", "optimizer", …
template <class T>
T make_named(const std::vector<Named<T>>& known, std::string_view name, std::string_view kind) {
    std::string list;
    for (const Named<T>& entry : known) {
        for (const std::string_view alias : entry.names) {
            if (alias == name) return entry.make();
        }
        list += (list.empty() ? "" : ", ") + std::string(entry.names.front());
    }
    throw ValueError("there is no " + std::string(kind) + " named \"" + std::string(name) + "\"; known: " + list);
}

}  // namespace markhor
