// What lasts from layer to layer: automatic names, seeds, and the table of layer classes.
#include <array>
#include <cctype>
#include <limits>
#include <markhor/error.hpp>
#include <mutex>
#include <random>

#include "core/ascii.hpp"
#include "core/random.hpp"
#include "layers/layer_base.hpp"

namespace markhor {
namespace {

struct Session {
    std::mutex mutex;
    std::map<std::string, std::int64_t, std::less<>> names;  // snake-cased class name -> layers named after it
    std::uint64_t seed = 0;
    std::uint64_t weights = 0;  // that were given a seed

    Session() {
        std::random_device entropy;
        seed = std::uint64_t{entropy()} << 32 | entropy();
    }
};

Session& session() {
    static Session the_session;
    return the_session;
}

// re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
std::string split_before_words(std::string_view name) {
    std::string split;
    for (std::size_t i = 0; i < name.size();) {
        split += name[i++];
        if (i + 1 >= name.size() || !is_upper(name[i]) || !is_lower(name[i + 1])) continue;
        split += '_';
        split += name[i++];
        while (i < name.size() && is_lower(name[i])) split += name[i++];
    }
    return split;
}

// re.sub("([a-z])([A-Z])", r"\1_\2", name)
std::string split_after_lower(std::string_view name) {
    std::string split;
    for (std::size_t i = 0; i < name.size(); ++i) {
        split += name[i];
        if (i + 1 >= name.size() || !is_lower(name[i]) || !is_upper(name[i + 1])) continue;
        split += '_';
        split += name[++i];
    }
    return split;
}

}  // namespace

std::string to_snake_case(std::string_view class_name) {
    return to_lower(split_after_lower(split_before_words(class_name)));
}

std::string unique_name(std::string_view class_name) {
    std::string name = to_snake_case(class_name);
    Session& state = session();
    const std::lock_guard lock(state.mutex);
    const std::int64_t before = state.names[name]++;
    return before == 0 ? name : name + "_" + std::to_string(before);
}

std::uint64_t next_weight_seed() {
    Session& state = session();
    const std::lock_guard lock(state.mutex);
    const std::array<std::uint32_t, 4> words = Philox(state.seed, state.weights++).block(0);
    return std::uint64_t{words[1]} << 32 | words[0];
}

std::uint64_t session_seed() {
    Session& state = session();
    const std::lock_guard lock(state.mutex);
    return state.seed;
}

void clear_session() {
    Session& state = session();
    const std::lock_guard lock(state.mutex);
    state.names.clear();
    state.weights = 0;
}

void set_random_seed(std::uint64_t seed) {
    if (seed > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        throw ValueError("set_random_seed: the seed is " + std::to_string(static_cast<std::int64_t>(seed)) +
                         "; an integer from 0 to 2^63 - 1 is expected");
    }
    Session& state = session();
    const std::lock_guard lock(state.mutex);
    state.seed = seed;
    state.weights = 0;
}

LayerRegistry& LayerRegistry::instance() {
    static LayerRegistry registry;
    return registry;
}

void LayerRegistry::add(std::string_view class_name, Make maker) { makers_.emplace(class_name, maker); }

std::shared_ptr<LayerBase> LayerRegistry::make(std::string_view class_name) const {
    const auto found = makers_.find(class_name);
    return found == makers_.end() ? nullptr : found->second();
}

std::vector<std::string> LayerRegistry::class_names() const {
    std::vector<std::string> names;
    for (const auto& [name, maker] : makers_) names.push_back(name);
    return names;
}

}  // namespace markhor
