// Markhor's half of conformance/train_alike.py, check_tensorboard.py and time_data.py, one JSON line each.
//
//   training_runs losses MODEL DATA.npz BATCH           one epoch in the file's order: the loss of each batch
//   training_runs events MODEL DATA.npz FOLDER EPOCHS   fit() with the TensorBoard callback: its history
//   training_runs folder FOLDER SIZE BATCH EPOCHS       training from JPEG files, flipped at random, and then the same
//                                                       from memory: images a second and how busy the engine is
//
// MODEL is a compiled .keras file; DATA.npz holds x (bytes) and y.
#include <algorithm>
#include <chrono>
#include <exception>
#include <iostream>
#include <markhor/markhor.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "insight/networks.hpp"

namespace {

namespace keras = markhor;
using nlohmann::json;

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

json losses(const std::string& model_file, const std::string& data_file, std::int64_t batch_size) {
    keras::Model model = keras::load_model(model_file);
    const keras::Dataset data = keras::data::npz_file(data_file).rescaled(1.0 / 255);
    json all = json::array();
    for (const keras::Batch& batch : data.batches({.batch_size = batch_size})) {
        all.push_back(model.train_on_batch(batch.x, batch.y).at("loss"));
    }
    return all;
}

json events(const std::string& model_file, const std::string& data_file, const std::string& folder, int epochs) {
    keras::Model model = keras::load_model(model_file);
    const keras::Dataset data = keras::data::npz_file(data_file).rescaled(1.0 / 255);
    const keras::History history = model.fit(
        data.take(1024),
        {.batch_size = 64,
         .epochs = epochs,
         .verbose = 0,
         .validation_data = data.skip(1024).take(256),
         .callbacks = {keras::callbacks::LearningRateScheduler([](int epoch, double) { return 1e-3 / (1 + epoch); }),
                       keras::callbacks::TensorBoard(folder)}});
    return history.history;
}

/// How long steps take, against all the time from the first to the last.
struct Busy final : keras::Callback {
    void on_epoch_begin(keras::Model&, int) override {
        begin = now();
        busy = 0;
    }
    void on_train_batch_begin(keras::Model&, std::int64_t) override { step = now(); }
    void on_train_batch_end(keras::Model&, std::int64_t, const keras::Logs&) override { busy += now() - step; }
    void on_epoch_end(keras::Model&, int epoch, keras::Logs&) override {
        if (epoch == 0) return;  // which also plans
        seconds.push_back(now() - begin);
        shares.push_back(busy / seconds.back());
    }
    double begin = 0, step = 0, busy = 0;
    std::vector<double> seconds, shares;
};

json timed(const keras::Dataset& data, std::int64_t size, std::int64_t batch_size, int epochs) {
    keras::set_random_seed(0);
    keras::Sequential model = keras::insight::network(keras::insight::head("gap"), {size, size, 3}, 10);
    model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
    const auto busy = std::make_shared<Busy>();
    model.fit(data, {.batch_size = batch_size, .epochs = epochs + 1, .verbose = 0, .callbacks = {busy}});
    const auto best = std::ranges::min_element(busy->seconds) - busy->seconds.begin();
    const auto index = static_cast<std::size_t>(best);
    return {{"images_per_s", static_cast<double>(data.size()) / busy->seconds[index]},
            {"engine_busy", busy->shares[index]}};
}

json folder(const std::string& path, std::int64_t size, std::int64_t batch_size, int epochs) {
    using namespace keras::augmentation;
    const keras::Dataset files = keras::utils::image_dataset_from_directory(path, {.image_size = {size, size}});
    const keras::Dataset memory = files.cache();
    const auto ready = [](const keras::Dataset& data) {
        return data.map(random_flip({.mode = "horizontal"})).rescaled(1.0 / 255);
    };
    return {{"folder", timed(ready(files), size, batch_size, epochs)},
            {"memory", timed(ready(memory), size, batch_size, epochs)}};
}

int run(const std::vector<std::string>& arguments) {
    const auto is = [&](const char* name, std::size_t count) {
        return arguments.size() == count && arguments.front() == name;
    };
    json result;
    if (is("losses", 4)) {
        result = losses(arguments[1], arguments[2], std::stoll(arguments[3]));
    } else if (is("events", 5)) {
        result = events(arguments[1], arguments[2], arguments[3], std::stoi(arguments[4]));
    } else if (is("folder", 5)) {
        result = folder(arguments[1], std::stoll(arguments[2]), std::stoll(arguments[3]), std::stoi(arguments[4]));
    } else {
        std::cerr << "training_runs losses MODEL DATA.npz BATCH | events MODEL DATA.npz FOLDER EPOCHS | "
                     "folder FOLDER SIZE BATCH EPOCHS\n";
        return 2;
    }
    std::cout << result.dump() << std::endl;
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run({argv + 1, argv + argc});
    } catch (const std::exception& error) {
        std::cerr << "training_runs: " << error.what() << '\n';
        return 1;
    }
}
