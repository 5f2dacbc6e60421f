// The case study: the same backbone under different heads, trained on the same data from the same seed, measured, and
// written down as a table, as JSON and as a page to read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <map>
#include <markhor/behaviour.hpp>
#include <markhor/callbacks.hpp>
#include <markhor/dataset.hpp>
#include <markhor/image_input.hpp>
#include <markhor/insight.hpp>
#include <markhor/recipe.hpp>
#include <optional>
#include <string>
#include <vector>

namespace markhor {
struct PixelScaling;  // markhor/image_input.hpp
}

namespace markhor::insight {

/// Names of the heads there are: "flatten", "gap", …
std::vector<std::string> head_names();

/// The case study's network: two blocks of two 3x3 convolutions, MaxPooling2D and BatchNormalization with 32 and 64
/// filters, the head, and a softmax. Throws ValueError for an unknown head (listing those there are) or fewer than two
/// classes; ShapeError for an image that is not (height, width, channels) or too small.
Sequential head_network(const std::string& head, const Shape& image, std::int64_t classes);

struct CaseStudyOptions {
    std::vector<std::string> heads = {"flatten", "gap"};
    int epochs = 5;
    std::int64_t batch_size = 128;
    double learning_rate = 1e-3;  ///< 0: the optimizer's own
    Recipe recipe = {};
    ImageInput images = {};  ///< what the models' records say of fitting, interpolation and EXIF: as the data has it
    bool checkpointing = false;  ///< as CompileOptions::checkpointing
    std::uint64_t seed = 0;
    int seeds = 1;  ///< so many trainings of each head, from seed, seed + 1, …; the report tells mean and spread
    /// Heights to which the images are resized for further trainings of each head, from each seed; empty: none.
    std::vector<std::int64_t> image_sizes = {};
    /// Sides, in pixels, of square colour images for which the cost rules say what each head needs; empty: that part is
    /// left out.
    std::vector<std::int64_t> sizes = {28, 56, 112, 224, 448};
    /// Those of them at which a few training steps are also run and timed.
    std::vector<std::int64_t> timed_sizes = {56, 112, 224};
    std::int64_t timed_batch = 32;
    int timed_steps = 3;         ///< after one to warm up; the fastest counts
    std::int64_t samples = 12;   ///< test images shown with the predictions
    std::string data_name = {};  ///< as the report calls the data
    std::string command = {};    ///< as the report says how to run it again
    /// A JSON object that results.json holds as "settings", and FOLDER.run/settings.json until the run is finished: for
    /// whoever goes on with it.
    std::string settings = {};
    bool resume = false;             ///< go on with a run to the same folder that was not finished, of the same options
    bool restart = false;            ///< forget such a run; with neither it is an error
    std::ostream* output = nullptr;  ///< where progress goes; default: std::cout
    std::function<bool()> stop_requested =
        {};  ///< asked after every batch; true ends the run, and what was done is kept
};

/// A test image that was named wrongly.
struct WrongImage {
    std::int64_t index = 0;  ///< in the test set
    std::int32_t label = 0;
    std::int32_t said = 0;
    double probability = 0;        ///< of what was said
    double label_probability = 0;  ///< of what it is
    std::string name = {};         ///< its file, or "example 7"
    Shape shape = {};              ///< of the thumbnail: (height, width, channels)
    std::vector<std::uint8_t> pixels = {};
};

/// One head, trained.
struct HeadResult {
    std::string head = {};
    std::string title = {};
    std::string summary = {};  ///< the text of Model::summary
    ModelCost cost = {};
    History history = {};  ///< loss, accuracy, and val_loss, val_accuracy on the test images
    std::optional<double> test_loss = {};
    std::optional<double> test_accuracy = {};
    double images_per_second = 0;              ///< training, the fastest epoch
    double predicted_images_per_second = 0;    ///< predicting the test images; 0: not done
    std::uintmax_t weights_file_bytes = 0;     ///< head.weights.h5; 0: not written
    std::vector<std::int32_t> predicted = {};  ///< the class of each test image; empty: not done
    std::vector<WrongImage> wrong = {};        ///< the surest of the wrong answers, the surest first
    std::optional<Behaviour> behaviour = {};
};

/// One of several trainings of a head: from another seed, or on images of another size.
struct Repeat {
    std::string head = {};
    std::int64_t size = 0;  ///< the images' height
    std::uint64_t seed = 0;
    double test_accuracy = 0;
    std::int64_t params = 0;
    double epoch_seconds = 0;  ///< the fastest epoch
    std::vector<double> val_accuracy = {};
};

/// What a head needs for images of one size (three channels).
struct SizeResult {
    std::string head = {};
    std::int64_t size = 0;
    ModelCost cost = {};
    std::optional<double> step_seconds = {};  ///< a training step of `timed_batch` images, measured
};

/// A test image and what each head says to it.
struct Sample {
    std::int64_t index = 0;  ///< in the test set
    Shape shape = {};        ///< (height, width, channels)
    std::vector<std::uint8_t> pixels = {};
    std::int32_t label = 0;
    struct Prediction {
        std::int32_t label = 0;
        double probability = 0;
        std::vector<std::uint8_t> heat = {};  ///< where it saw that: RGB pixels of the image's size; empty: not drawn
    };
    std::vector<Prediction> predictions = {};  ///< one a head, in their order
};

struct CaseStudy {
    CaseStudyOptions options = {};
    std::string version = {};  ///< of Markhor
    std::string started = {};  ///< "2026-01-31 12:00 UTC"
    std::string processor = {};
    int threads = 0;
    Shape image = {};  ///< (height, width, channels)
    std::int64_t train_images = 0;
    std::int64_t test_images = 0;
    std::vector<std::string> class_names = {};
    std::vector<HeadResult> heads = {};
    std::vector<SizeResult> sizes = {};
    std::vector<Repeat> repeats = {};  ///< the heads' own trainings among them; empty with one seed and one size
    std::vector<Sample> samples = {};
    std::vector<std::int32_t> test_labels = {};
    double seconds = 0;  ///< all of it
    bool interrupted = false;
    std::vector<std::string> files = {};  ///< that the run writes into its folder
};

/// Trains and measures all, and leaves `folder` holding results.json, report.html, report.md, table.txt and, for each
/// head, HEAD.weights.h5 and HEAD.keras. They replace an earlier run's files, which its results.json names, and no
/// others, when all is done; until then they lie in FOLDER.run/results, and what the run needs to go on in FOLDER.run.
/// Progress is shown. Resets Keras's automatic names and the random seed (clear_session, set_random_seed). Throws
/// ValueError for options it cannot take; FileError, before anything is trained, for a folder that holds other things
/// than an earlier run's results, that another process writes to, or a run that was not finished.
CaseStudy run_case_study(const data::TrainTest& data, const std::filesystem::path& folder,
                         const CaseStudyOptions& options = {});

/// The same for models as they are, named by `heads`: nothing is trained, data.train is not looked at. The images must
/// be of the models' input shape. `folder` as above, without weights.
CaseStudy compare_models(const std::vector<Model>& models, const data::TrainTest& data,
                         const std::filesystem::path& folder, const CaseStudyOptions& options);

/// The same of images scaled to [0, 1], which each model gets as its scaling says.
CaseStudy compare_models(const std::vector<Model>& models, const data::TrainTest& data,
                         const std::filesystem::path& folder, const CaseStudyOptions& options,
                         const std::vector<PixelScaling>& scalings);

/// The figures side by side, for a terminal.
std::string table(const CaseStudy& study);
/// All figures, as JSON; units are in the keys' names, or bytes, seconds and images.
std::string results_json(const CaseStudy& study);
/// The figures and the advice as Markdown.
std::string report_markdown(const CaseStudy& study);
/// One page that needs neither network nor script.
std::string report_html(const CaseStudy& study);

struct Advice {
    std::string topic = {};  ///< "Accuracy"
    std::string text = {};   ///< some sentences
};
/// What follows from the figures, whichever way they point. Compares the first head that pools with the first that does
/// not; empty where one of them is absent.
std::vector<Advice> advice(const CaseStudy& study);

}  // namespace markhor::insight
