// Examples to train and test on: images with labels, read by index so that any order can be asked for; and what is made
// of them: slices, shuffled, mapped, cached, read in batches ahead of their use. Loaders of known sets and folders are
// below, those of Keras's own names in utils.hpp, augmentation in augmentation.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <markhor/batches.hpp>
#include <markhor/tensor.hpp>
#include <markhor/tensors.hpp>

namespace markhor {

/// One input or target of an example, without the batch axis.
struct ExamplePart {
    std::string name = {};  ///< of the model's input or output; empty: the parts are in the model's order
    Shape shape = {};
    DType dtype = DType::float32;
};

/// All of an example's.
struct ExampleParts {
    std::vector<ExamplePart> x, y;
};

/// Where a Dataset's examples come from. Must allow concurrent calls.
class DatasetSource {
public:
    virtual ~DatasetSource() = default;
    virtual std::int64_t size() const = 0;
    /// Of one example, without the batch axis.
    virtual Shape x_shape() const = 0;
    virtual Shape y_shape() const = 0;
    virtual DType y_dtype() const = 0;
    /// Writes the examples of these indices: x as float32, y as y_dtype(). The tensors have items.size() as first axis.
    virtual void read(std::span<const std::int64_t> items, Tensor& x, Tensor& y) const = 0;
    /// As read(), which it calls by default, for sources whose examples change from epoch to epoch. The same epoch and
    /// index always give the same example.
    virtual void read_epoch(std::int64_t epoch, std::span<const std::int64_t> items, Tensor& x, Tensor& y) const;
    /// For sources of several inputs or targets: all of them, first those of x_shape() and y_shape(). By default these
    /// two alone.
    virtual ExampleParts parts() const;
    /// Reads the inputs and targets beyond the first, which read_epoch() leaves out: tensors of their parts' types,
    /// with items.size() as first axis.
    virtual void read_more(std::int64_t epoch, std::span<const std::int64_t> items, std::span<Tensor> x,
                           std::span<Tensor> y) const;
    /// What an example is called where it is reported: its file. By default "example 7".
    virtual std::string name(std::int64_t item) const;
    /// One line for each broken example that was left out because on_error = "skip" asked for it.
    virtual std::vector<std::string> skipped() const;
    /// The example's class where it is known without reading the example; -1 where it is not.
    virtual std::int64_t label(std::int64_t item) const;
};

/// One example on its way through Dataset::map: the function may change its tensors in place or replace them.
struct Example {
    Tensor x;  ///< float32
    Tensor y;
    std::int64_t epoch = 0;
    std::int64_t index = 0;  ///< in the data set that map() was called on, whatever the order of reading
};

/// What map's function makes, where it is not what it is given.
struct MapOptions {
    std::optional<Shape> x_shape = std::nullopt;
    std::optional<Shape> y_shape = std::nullopt;
    std::optional<DType> y_dtype = std::nullopt;
};

/// A set of (x, y) examples. Copies share the examples.
class Dataset {
public:
    /// Examples in memory: axis 0 counts them. x is float32 or uint8 (converted to float32 as read), y int32, int64,
    /// uint8 (read as int32) or float32. Of a model with several inputs or outputs: {a, b}, in the model's order, or
    /// {{"image", a}, {"numbers", b}} by their names. Throws ShapeError where the counts differ.
    Dataset(const Tensors& x, const Tensors& y);
    explicit Dataset(std::shared_ptr<const DatasetSource> source, std::vector<std::string> class_names = {});

    /// `size` examples, each made when it is read by function(index) -> (x, y), x float32. It is called for example 0
    /// at once, to learn the shapes, and later from several threads. Throws ShapeError where an example has another
    /// shape than that one.
    using Function = std::function<std::pair<Tensor, Tensor>(std::int64_t index)>;
    static Dataset from_function(std::int64_t size, Function function);
    /// What a generator gives until it gives nothing (Python's yield), kept in memory: batches can be read in any order
    /// then. x is float32 or uint8 and stays so in memory. Throws ShapeError where shapes differ, ValueError for no
    /// example.
    using Generator = std::function<std::optional<std::pair<Tensor, Tensor>>()>;
    static Dataset from_generator(const Generator& generator);

    std::int64_t size() const;
    Shape x_shape() const;
    Shape y_shape() const;
    DType y_dtype() const;
    /// All inputs and targets, of which x_shape(), y_shape() and y_dtype() are the first.
    ExampleParts parts() const;
    /// Makes a whole batch of these examples, with all their inputs and targets. Tensors that it has are used again
    /// where they fit; `items` must live as long as the batch. Throws as below.
    void read(std::span<const std::int64_t> items, Batch& batch, std::int64_t epoch = 0) const;
    /// Fills x (items…, x_shape) and y: the first input and target. `epoch` matters to what is augmented or shuffled.
    /// Throws ShapeError, ValueError for an index out of range, and what the source throws: FileError naming a broken
    /// image.
    void read(std::span<const std::int64_t> items, Tensor& x, Tensor& y, std::int64_t epoch = 0) const;
    /// The examples in order, or shuffled, in batches that are read on another thread ahead of their use.
    Batches batches(const BatchOptions& options = {}) const;

    /// Examples [begin, end).
    Dataset slice(std::int64_t begin, std::int64_t end) const;
    /// The first `count`, or all where there are fewer; -1: all (tf.data.Dataset.take).
    Dataset take(std::int64_t count) const;
    /// All but the first `count`; nothing where there are fewer, or for -1 (tf.data.Dataset.skip).
    Dataset skip(std::int64_t count) const;
    /// In an order drawn from the seed: another one each epoch, unless told not to. A whole permutation, not a
    /// buffer's. fit() shuffles by itself.
    Dataset shuffle(std::uint64_t seed, bool reshuffle_each_iteration = true) const;
    /// Each example through a function, as it is read, on worker threads at once. Of several inputs and targets it gets
    /// the first of each. Throws ShapeError for an example that
    /// comes out in another shape than options say.
    Dataset map(std::function<void(Example&)> function, const MapOptions& options = {}) const;
    /// Remembers each example once read, as bytes where its values are whole numbers of 0 to 255. What lies before
    /// cache() is read once: put augmentation behind it.
    Dataset cache() const;
    /// The same of as many examples as `bytes` hold, those first read; the others are read again each time.
    Dataset cache(std::size_t bytes) const;
    /// The same in a file: written whole now (beside, then renamed), or used as it is where a file of these shapes lies
    /// there already. Throws FileError for a file that is no cache or one of other data: remove it then.
    Dataset cache(const std::filesystem::path& file) const;
    /// x as read is x * scale + offset.
    Dataset rescaled(double scale, double offset = 0) const;
    /// Images (height, width, channels) resized bilinearly as read (keras.layers.Resizing's rule).
    Dataset resized(std::int64_t height, std::int64_t width) const;
    /// Class numbers as float32 vectors of `classes` (0: one for each class name) with a one.
    Dataset one_hot(std::int64_t classes = 0) const;

    /// Names of the classes 0, 1, …; empty where unknown.
    const std::vector<std::string>& class_names() const noexcept { return class_names_; }
    Dataset with_class_names(std::vector<std::string> names) const;
    /// What an example is called: its file, or "example 7".
    std::string name(std::int64_t item) const;
    /// One line for each broken image that was left out because on_error = "skip" asked for it.
    std::vector<std::string> skipped() const;
    /// How many examples each class has: as many numbers as there are class names, or up to the highest label. Reads
    /// the examples only where their source does not know the labels. Throws ShapeError where y is not one whole number
    /// or a vector with a one.
    std::vector<std::int64_t> class_counts() const;

private:
    std::shared_ptr<const DatasetSource> source_;
    std::vector<std::string> class_names_;
};

namespace data {

/// `const auto [train, test] = …` takes the first two.
struct TrainTest {
    Dataset train;
    Dataset test;
    std::optional<Dataset> validation = std::nullopt;  ///< where there is such a set, or a share was held out

    template <std::size_t I>
    Dataset& get() {
        return I == 0 ? train : test;
    }
    template <std::size_t I>
    const Dataset& get() const {
        return I == 0 ? train : test;
    }
};

/// Fashion-MNIST from Debian's package dataset-fashion-mnist (or `folder`), images (28, 28, 1) scaled to [0, 1]. Throws
/// FileError saying which package to install where it is missing.
TrainTest fashion_mnist(const std::filesystem::path& folder = {});

/// A folder of idx files: train-images…, train-labels…, t10k-images… (or test-images…), t10k-labels…, plain or .gz.
/// Images scaled to [0, 1]. Throws FileError naming the file: missing, truncated, wrong magic, counts that differ.
TrainTest idx_folder(const std::filesystem::path& folder);

struct ImageFolderOptions {
    std::int64_t height = 0;  ///< 0: the size of the first image
    std::int64_t width = 0;
    std::int64_t channels = 3;       ///< 1 (grey), 3 or 4 (with alpha)
    double test_split = 0.2;         ///< share held out of each class where the folder has no set to test on
    std::uint64_t seed = 0;          ///< of the splits
    std::string on_error = "error";  ///< of broken images: "error" (all are named), or "skip" (Dataset::skipped)

    double validation_split = 0;  ///< share of each class of the training set, held out as TrainTest::validation
    std::string color_mode = {};  ///< "grayscale", "rgb" or "rgba" in place of channels
    std::string interpolation = "bilinear";  ///< as in image_dataset_from_directory, and the next two
    bool crop_to_aspect_ratio = false;
    bool pad_to_aspect_ratio = false;
    bool exif = false;           ///< turn each image as its EXIF orientation says, which Keras does not
    bool scaled_decode = false;  ///< decode large JPEGs to a half, quarter or eighth: see ImageDatasetOptions
    /// Pixels as whole numbers of 0 to 255 after resizing, so that a cache keeps them as bytes: off by up to 1/2 of
    /// 255.
    bool rounded = false;
    /// Bytes of memory for images once decoded: what does not fit is decoded again in each epoch. 0: all are. By
    /// default a quarter of the memory that is free.
    std::optional<std::size_t> cache = std::nullopt;
    /// Told how many of how many images are decoded, as they are at the start: on any thread, never two at once. What
    /// it throws ends the decoding.
    std::function<void(std::int64_t done, std::int64_t total)> progress = {};
};
/// A folder with one folder a class holding images (PNG, JPEG, WebP, BMP, GIF; other files are passed over), or with
/// train/ and test/ holding such. Images are scaled to [0, 1] and resized. Each is decoded once at the start, on all
/// cores, and kept where the cache has room. <markhor/image_listing.hpp> says beforehand what is there, and what was
/// passed over. Throws FileError naming all images that cannot be decoded, or the folder without classes.
TrainTest image_folder(const std::filesystem::path& folder, const ImageFolderOptions& options = {});

/// Whichever of the two the folder holds.
TrainTest open_folder(const std::filesystem::path& folder, const ImageFolderOptions& options = {});

/// One image as float32 (height, width, channels) in [0, 255], channels 1, 3 or 4. Throws FileError.
Tensor load_image(const std::filesystem::path& file, std::int64_t channels = 3);

/// One idx array (1 to 8 axes; unsigned bytes, int32 or float32) from memory; `name` is used in errors. Throws
/// FileError.
Tensor parse_idx(std::span<const std::byte> bytes, const std::string& name);

}  // namespace data
}  // namespace markhor

template <>
struct std::tuple_size<markhor::data::TrainTest> : std::integral_constant<std::size_t, 2> {};
template <std::size_t I>
struct std::tuple_element<I, markhor::data::TrainTest> {
    using type = markhor::Dataset;
};
