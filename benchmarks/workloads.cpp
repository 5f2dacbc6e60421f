// The workloads that conformance/time_peers.py also gives to Keras, TensorFlow and PyTorch, one JSON line each.
//
//   workloads fashion HEAD EPOCHS    training on Fashion-MNIST, 28x28, batch 128: seconds an epoch
//   workloads train HEAD BATCH       training steps at 224x224x3: images a second
//   workloads infer HEAD BATCH       predictions at 224x224x3: images a second
//   workloads first HEAD             builds the network at 224x224x3 and predicts one image, nothing else
//
// HEAD is flatten or gap. And for conformance/side_by_side.py, with NETWORK a head, lenet or one of keras.applications:
//
//   workloads serve KIND NETWORK BATCH    one line when it is ready; then for each line SECONDS on its input, for so
//                                         long, the seconds of each call
//   workloads flops KIND NETWORK BATCH    GFLOP of a call
//   workloads ceiling                     what the machine can do
//
// with KIND infer or train, and -bf16 behind it for the policy mixed_bfloat16.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>
#include <iostream>
#include <markhor/applications.hpp>
#include <markhor/insight.hpp>
#include <markhor/markhor.hpp>
#include <markhor/profile.hpp>
#include <string>
#include <vector>

#include "insight/networks.hpp"

namespace {

namespace keras = markhor;

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

keras::Model lenet() {
    namespace layers = keras::layers;
    return keras::Sequential(
        {keras::Input({28, 28, 1}), layers::Conv2D(6, {5, 5}, {.padding = "same", .activation = "tanh"}),
         layers::AveragePooling2D({2, 2}), layers::Conv2D(16, {5, 5}, {.activation = "tanh"}),
         layers::AveragePooling2D({2, 2}), layers::Flatten(), layers::Dense(120, {.activation = "tanh"}),
         layers::Dense(84, {.activation = "tanh"}), layers::Dense(10, {.activation = "softmax"})});
}

keras::Model network(const std::string& name, const keras::Shape& shape) {
    const std::vector<std::string> zoo = keras::applications::network_names();
    keras::Model model = name == "lenet" ? lenet()
                         : std::find(zoo.begin(), zoo.end(), name) != zoo.end()
                             ? keras::applications::make_network(name)
                             : keras::Model(keras::insight::network(keras::insight::head(name), shape, 10));
    model.compile({.optimizer = keras::optimizers::Adam({.learning_rate = 1e-3}),
                   .loss = "sparse_categorical_crossentropy",
                   .metrics = {"accuracy"}});
    return model;
}

/// Pictures of noise; what is in them changes no time.
keras::Tensor noise(const keras::Shape& shape) {
    keras::Tensor tensor(shape, keras::DType::float32);
    std::uint32_t state = 1;
    for (float& value : tensor.data<float>()) {
        state = state * 1664525U + 1013904223U;
        value = static_cast<float>(state >> 8U) / 16777216.0F;
    }
    return tensor;
}

/// Two calls to warm up, then at least three and about twelve seconds of them. Prints the median's rate and the best.
void time_calls(const std::string& workload, std::int64_t images, const std::function<void()>& call) {
    call();
    call();
    std::vector<double> seconds;
    const double end = now() + 12;
    while ((now() < end || seconds.size() < 3) && seconds.size() < 200) {
        const double began = now();
        call();
        seconds.push_back(now() - began);
    }
    std::sort(seconds.begin(), seconds.end());
    const double median = seconds[seconds.size() / 2];
    const auto count = static_cast<double>(images);
    std::cout << R"({"framework": "markhor", "workload": ")" << workload << R"(", "images_per_s": )" << count / median
              << R"(, "best_images_per_s": )" << count / seconds.front() << R"(, "median_s": )" << median
              << R"(, "n": )" << seconds.size() << "}" << std::endl;
}

void fashion(const std::string& head, int epochs) {
    const auto [train, test] = keras::data::fashion_mnist();
    auto model = network(head, {28, 28, 1});
    const keras::History history = model.fit(train, {.batch_size = 128, .epochs = epochs, .verbose = 0});
    const double accuracy = model.evaluate(test, {.batch_size = 256, .verbose = 0}).at("accuracy");
    std::cout << R"({"framework": "markhor", "workload": "fashion )" << head << R"(", "epoch_s": [)";
    for (std::size_t i = 0; i < history.seconds.size(); ++i) std::cout << (i > 0 ? ", " : "") << history.seconds[i];
    std::cout << R"(], "test_accuracy": )" << accuracy << "}" << std::endl;
}

void train(const std::string& head, std::int64_t batch) {
    auto model = network(head, {224, 224, 3});
    const keras::Tensor x = noise({batch, 224, 224, 3});
    keras::Tensor y(keras::Shape({batch}), keras::DType::int32);
    std::int32_t next = 0;
    for (std::int32_t& label : y.data<std::int32_t>()) label = next++ % 10;
    time_calls("train " + head + " b" + std::to_string(batch), batch, [&] { model.train_on_batch(x, y); });
}

void infer(const std::string& head, std::int64_t batch) {
    auto model = network(head, {224, 224, 3});
    const keras::Tensor x = noise({batch, 224, 224, 3});
    time_calls("infer " + head + " b" + std::to_string(batch), batch,
               [&] { (void)model.predict(x, {.batch_size = batch}); });
}

void first(const std::string& head) {
    const keras::Tensor probabilities = network(head, {224, 224, 3}).predict(noise({1, 224, 224, 3}));
    std::cout << R"({"framework": "markhor", "workload": "first )" << head << R"(", "predicted": )"
              << probabilities.data<float>()[0] << "}" << std::endl;
}

// What is called again and again: a prediction or a training step, on data that stays the same.
std::function<void()> caller(const std::string& kind, const std::string& name, std::int64_t batch) {
    keras::Model model = network(name, {224, 224, 3});
    const keras::Shape image = model.inputs()[0].shape().without_batch();
    const keras::Tensor x = noise(image.with_batch(batch));
    if (kind == "infer") return [=]() mutable { (void)model.predict(x, {.batch_size = batch, .verbose = 0}); };
    const std::int64_t classes = model.outputs()[0].shape().back();
    keras::Tensor y(keras::Shape({batch}), keras::DType::int32);
    std::int32_t next = 0;
    for (std::int32_t& label : y.data<std::int32_t>()) label = static_cast<std::int32_t>(next++ % classes);
    return [=]() mutable { model.train_on_batch(x, y); };
}

// The most memory that the process has had, MB.
double peak_megabytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

void serve(const std::string& kind, const std::string& name, std::int64_t batch) {
    const std::function<void()> call = caller(kind, name, batch);
    call();
    call();
    std::cout << R"({"version": "Markhor )" << keras::version() << R"("})" << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
        const double end = now() + std::stod(line);
        std::cout << R"({"seconds": [)";
        bool first_call = true;
        while (first_call || now() < end) {
            const double began = now();
            call();
            std::cout << (first_call ? "" : ", ") << now() - began;
            first_call = false;
        }
        std::cout << R"(], "peak_mb": )" << peak_megabytes() << "}" << std::endl;
    }
}

void flops(const std::string& kind, const std::string& name, std::int64_t batch) {
    const keras::insight::ModelCost cost = keras::insight::cost(network(name, {224, 224, 3}), batch);
    const double all = kind == "infer" ? cost.flops * static_cast<double>(batch) : cost.training->flops;
    std::cout << R"({"gflop": )" << all / 1e9 << "}" << std::endl;
}

void ceiling() {
    const keras::insight::MachineCeiling top = keras::insight::measure_ceiling();
    std::cout << R"({"gflops": )" << top.flops_per_second / 1e9 << R"(, "gbytes": )" << top.bytes_per_second / 1e9
              << "}" << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    const std::string workload = arguments.empty() ? "" : arguments[0];
    const std::string kind = arguments.size() < 2 ? "" : arguments[1].substr(0, arguments[1].find('-'));
    try {
        if (arguments.size() == 4 && arguments[1].ends_with("-bf16")) keras::set_global_policy("mixed_bfloat16");
        if (workload == "first" && arguments.size() == 2) {
            first(arguments[1]);
        } else if (workload == "fashion" && arguments.size() == 3) {
            fashion(arguments[1], std::stoi(arguments[2]));
        } else if (workload == "train" && arguments.size() == 3) {
            train(arguments[1], std::stol(arguments[2]));
        } else if (workload == "serve" && arguments.size() == 4) {
            serve(kind, arguments[2], std::stol(arguments[3]));
        } else if (workload == "flops" && arguments.size() == 4) {
            flops(kind, arguments[2], std::stol(arguments[3]));
        } else if (workload == "ceiling" && arguments.size() == 1) {
            ceiling();
        } else if (workload == "infer" && arguments.size() == 3) {
            infer(arguments[1], std::stol(arguments[2]));
        } else {
            std::cerr << "usage: workloads fashion HEAD EPOCHS | train HEAD BATCH | infer HEAD BATCH | first HEAD |\n"
                         "       serve|flops infer|train[-bf16] NETWORK BATCH | ceiling\n";
            return 2;
        }
    } catch (const std::exception& error) {
        std::cerr << error.what() << "\n";
        return 1;
    }
    return 0;
}
