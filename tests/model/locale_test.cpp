// A program's locale changes no file, no number and no name: the same run twice, the second time with decimal commas
// and thousands' points in std::locale::global (and, where localedef can make one, in setlocale), byte for byte.
#include <gtest/gtest.h>

#include <algorithm>
#include <clocale>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <locale>
#include <map>
#include <markhor/markhor.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "support/files.hpp"

namespace markhor {
namespace {

using namespace layers;

struct Hostile : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\1\1"; }
    std::string do_truename() const override { return "wahr"; }
};

/// The locale of the whole process, as Qt, GTK and many programs set it, for a while.
class HostileLocale {
public:
    explicit HostileLocale(const std::string& name)
        : before_(std::locale::global(std::locale(std::locale::classic(), new Hostile))) {
        std::cout.imbue(std::locale());
        std::cerr.imbue(std::locale());
        if (!name.empty()) set_ = std::setlocale(LC_ALL, name.c_str()) != nullptr;
    }
    ~HostileLocale() {
        std::locale::global(before_);
        std::cout.imbue(before_);
        std::cerr.imbue(before_);
        std::setlocale(LC_ALL, "C");
    }
    HostileLocale(const HostileLocale&) = delete;
    HostileLocale& operator=(const HostileLocale&) = delete;
    bool set() const noexcept { return set_; }

private:
    std::locale before_;
    bool set_ = false;
};

/// Everything that a run writes and says, by its name.
std::map<std::string, std::string> run() {
    clear_session();
    set_random_seed(3);
    const test::TemporaryFolder folder;
    std::map<std::string, std::string> all;
    Sequential model({Input({8, 8, 1}), Conv2D(4, {3, 3}, {.activation = "relu"}), Flatten(), Dropout(0.25),
                      Dense(2000), LeakyReLU({.negative_slope = 0.125}), Dense(3, {.activation = "softmax"})});
    model.compile({.optimizer = optimizers::Adam(optimizers::schedules::CosineDecay(1.5e-3, 1000)),
                   .loss = "sparse_categorical_crossentropy",
                   .metrics = {"accuracy"}});
    std::ostringstream said;
    const Tensor x = Tensor::full({20, 8, 8, 1}, 0.5F);
    const Tensor y = Tensor::zeros({20}, DType::int32);
    {
        std::ostringstream out;
        std::streambuf* const console = std::cout.rdbuf(out.rdbuf());
        model.fit(x, y,
                  {.batch_size = 1,
                   .epochs = 1002,
                   .verbose = 0,
                   .validation_split = 0.25,
                   .initial_epoch = 1000,
                   .callbacks = {callbacks::CSVLogger(folder / "log.csv"),
                                 callbacks::ModelCheckpoint((folder / "m.{epoch:02d}-{val_loss:.3f}.keras").string(),
                                                            "val_loss", 1),
                                 callbacks::EarlyStopping("val_loss", 10.0, 1, 1)}});
        std::cout.rdbuf(console);
        all["console"] = out.str();
    }
    std::string& console = all["console"];
    for (std::size_t at; (at = console.find(folder.path.string())) != std::string::npos;)
        console.erase(at, folder.path.string().size());
    model.summary(said, {.show_flops = true, .show_memory = true});
    model.summary(said, {.style = SummaryStyle::classic});
    said << x.slice(0, 1) << model.to_json();
    all["said"] = said.str();
    model.save(folder / "model.keras");
    model.save(folder / "model.h5");
    model.save_weights(folder / "model.weights.h5");
    export_onnx(model, folder / "model.onnx");
    export_header(model, folder / "network.hpp");
    save_img(folder / "image.png", x.slice(0, 1).reshaped({8, 8, 1}));
    for (const char* file : {"model.keras", "model.h5"}) {
        const Logs logs = load_model(folder / file).evaluate(x, y, {.verbose = 0});
        for (const auto& [name, value] : logs)
            all[std::string(file) + name] = std::to_string(static_cast<long>(value * 1e9));
    }
    for (const auto& entry : std::filesystem::directory_iterator(folder.path))
        all[entry.path().filename().string()] = test::read_text(entry.path());
    return all;
}

/// A German C locale made for this test; empty where none can be made.
std::string german(const test::TemporaryFolder& folder) {
    const std::string name = (folder / "de_DE.UTF-8").string();
    const std::string command = "localedef -i de_DE -f UTF-8 " + name + " > /dev/null 2>&1";
    if (std::system(command.c_str()) != 0) return {};
    ::setenv("LOCPATH", folder.path.c_str(), 1);
    return "de_DE.UTF-8";
}

TEST(Locale, ChangesNothingThatIsWrittenOrSaid) {
    const std::map<std::string, std::string> wanted = run();
    ASSERT_GE(wanted.size(), 14U);
    const test::TemporaryFolder locales;
    const std::string name = german(locales);
    std::map<std::string, std::string> came;
    {
        const HostileLocale locale(name);
        std::ostringstream proof;
        proof << 1234.5;
        ASSERT_NE(proof.str(), "1234.5");
        if (!locale.set()) std::cerr << "no C locale but C: setlocale's part is left out\n";
        came = run();
    }
    for (const auto& [what, bytes] : wanted) {
        ASSERT_TRUE(came.contains(what)) << what;
        EXPECT_TRUE(came.at(what) == bytes)
            << what << (bytes.size() < 5000 ? ": " + came.at(what) + " for " + bytes : "");
    }
    EXPECT_EQ(came.size(), wanted.size());
}

TEST(Locale, ChangesNoErrorAndNoDefault) {
    const auto told = [] {
        std::vector<std::string> errors;
        const auto add = [&](const std::function<void()>& wrong) {
            try {
                wrong();
            } catch (const Error& error) {
                errors.emplace_back(error.what());
            }
        };
        add([] { (void)optimizers::SGD({.momentum = -1234.5}); });
        add([] { (void)optimizers::Lion({.beta_1 = 1234.5}); });
        add([] { (void)losses::BinaryCrossentropy({.label_smoothing = 1.5}); });
        add([] { (void)metrics::FBetaScore({.beta = -0.5}); });
        add([] { (void)callbacks::ReduceLROnPlateau({.factor = 1.5}); });
        add([] { (void)insight::default_learning_rate("nothing of the kind"); });
        add([] { throw Error(std::to_string(std::lround(insight::default_learning_rate("adam") * 1e6))); });
        return errors;
    };
    const std::vector<std::string> wanted = told();
    ASSERT_EQ(wanted.back(), "1000");
    const test::TemporaryFolder locales;
    const HostileLocale locale(german(locales));
    EXPECT_EQ(told(), wanted);
}

TEST(Locale, ChangesNoProgressLine) {
    const auto line = [] {
        std::ostringstream out;
        clear_session();
        set_random_seed(3);
        Sequential model({Input({2}), Dense(1)});
        model.compile({.optimizer = "sgd", .loss = "mse"});
        model.fit(Tensor::full({1200, 2}, 1), Tensor::full({1200, 1}, 100),
                  {.batch_size = 1, .epochs = 2, .verbose = 2, .initial_epoch = 0, .output = &out});
        std::string text = out.str();
        return text.find("1200/1200 - ") != std::string::npos && text.find(',') == std::string::npos;
    };
    const HostileLocale locale("");
    EXPECT_TRUE(line());
}

TEST(Locale, ChangesNoNameOfALayerOrAnOptimizer) {
    const HostileLocale locale("");
    clear_session();
    EXPECT_EQ(BatchNormalization().name(), "batch_normalization");
    EXPECT_GT(Optimizer("RMSprop").learning_rate(), 0);
}

}  // namespace
}  // namespace markhor
