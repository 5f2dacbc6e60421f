// markhor profile: where a network's time goes, op by op.
#include <markhor/profile.hpp>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <markhor/applications.hpp>
#include <markhor/case_study.hpp>
#include <markhor/dtype_policy.hpp>
#include <markhor/error.hpp>
#include <memory>

#include "command.hpp"
#include "core/atomic_file.hpp"
#include "open_model.hpp"

namespace markhor::cli {
namespace {

bool names_contain(const std::vector<std::string>& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
}

struct ProfileCommand {
    std::string network;
    std::int64_t image_size = 224;
    std::int64_t channels = 3;
    insight::ProfileOptions options;
    bool checkpointing = false;
    std::string policy = "float32";
    std::string trace;

    Model open() const {
        const Shape image{image_size, image_size, channels};
        if (names_contain(insight::head_names(), network)) return insight::head_network(network, image, 10);
        if (names_contain(applications::network_names(), network)) return applications::make_network(network);
        if (std::filesystem::exists(network)) return load_named(network);
        throw FileError(network +
                        ": there is no such file, and no network of that name; there are the case study's (flatten, "
                        "gap, gmp) and those of keras.applications (ResNet50, …)");
    }

    int run() const {
        set_global_policy(policy);
        Model model = open();
        if (options.training) {
            model.compile(
                {.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .checkpointing = checkpointing});
        }
        const insight::Profile profile = insight::profile(model, options);
        std::cout << insight::profile_table(profile) << std::flush;
        if (!trace.empty()) write_file(trace, insight::profile_trace(profile));
        return success;
    }
};

const RegisterCommand registered_profile({
    .name = "profile",
    .description = "Time each op of a network and compare it with the machine's ceilings",
    .example = "  markhor profile ResNet50 --batch 16\n"
               "  markhor profile gap --train --batch 32 --trace gap.json\n"
               "  markhor profile model.keras",
    .set_up =
        [](CLI::App& app) {
            const auto command = std::make_shared<ProfileCommand>();
            app.add_option("network", command->network,
                           "A model file (.keras, .h5), a folder that `markhor train` wrote, a network of the case "
                           "study (flatten, gap, gmp) or of "
                           "keras.applications (VGG16, MobileNetV2, …)")
                ->type_name("MODEL")
                ->required();
            app.add_option("--batch", command->options.batch,
                           "Images in a batch; at inference a large one is computed a few images at a time")
                ->type_name("N")
                ->check(CLI::Range(1, 65536))
                ->capture_default_str();
            app.add_flag("--train", command->options.training,
                         "A training step (Adam, cross-entropy of class numbers) instead of inference");
            app.add_flag("--checkpointing", command->checkpointing,
                         "With --train: the step that computes part of the forward pass twice to need less memory");
            app.add_option("--policy", command->policy, "Of a network that is made by name")
                ->type_name("POLICY")
                ->check(CLI::IsMember({"float32", "mixed_bfloat16"}))
                ->capture_default_str();
            app.add_option("--runs", command->options.runs, "Timed runs; each op's time is its fastest")
                ->type_name("N")
                ->check(CLI::Range(1, 10000))
                ->capture_default_str();
            app.add_option("--trace", command->trace,
                           "Also write a trace for chrome://tracing or https://ui.perfetto.dev")
                ->type_name("FILE");
            app.add_option("--image-size", command->image_size,
                           "Of the case study's networks: height and width, pixels")
                ->type_name("PIXELS")
                ->check(CLI::Range(1, 4096))
                ->capture_default_str();
            app.add_option("--channels", command->channels, "Of the case study's networks: 1 grey, 3 colour")
                ->type_name("N")
                ->check(CLI::Range(1, 1024))
                ->capture_default_str();
            return [command] { return command->run(); };
        },
});

}  // namespace
}  // namespace markhor::cli
