// The networks of keras.applications, by the same names and arguments. Layers, their names and order, shapes and
// parameters are Keras's, so that its weight files load. All take (batch, height, width, channels).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <markhor/model.hpp>

namespace markhor::applications {

/// What every network takes.
struct Options {
    bool include_top = true;  ///< with the classifier at the end
    std::filesystem::path weights =
        {};                       ///< a file that Model::load_weights reads; empty (Keras's None): initial weights
    Shape input_shape = {};       ///< (height, width, channels); rank 0: the paper's, or without top (None, None, 3)
    std::string pooling = {};     ///< without top: "avg" or "max" over the last map; empty: the map itself
    std::int64_t classes = 1000;  ///< with top
    std::string classifier_activation = "softmax";  ///< with top; "linear" for logits
    std::string name = {};                          ///< of the model; empty: Keras's
};

struct MobileNetOptions {
    bool include_top = true;
    std::filesystem::path weights = {};
    Shape input_shape = {};
    std::string pooling = {};
    std::int64_t classes = 1000;
    std::string classifier_activation = "softmax";
    std::string name = {};
    double alpha = 1.0;                 ///< times the filters of every layer
    std::int64_t depth_multiplier = 1;  ///< of the depthwise convolutions
    double dropout = 1e-3;              ///< before the classifier
};

struct MobileNetV2Options {
    bool include_top = true;
    std::filesystem::path weights = {};
    Shape input_shape = {};
    std::string pooling = {};
    std::int64_t classes = 1000;
    std::string classifier_activation = "softmax";
    std::string name = {};
    double alpha = 1.0;  ///< times the filters of every layer
};

struct MobileNetV3Options {
    bool include_top = true;
    std::filesystem::path weights = {};
    Shape input_shape = {};
    std::string pooling = {};
    std::int64_t classes = 1000;
    std::string classifier_activation = "softmax";
    std::string name = {};
    double alpha = 1.0;         ///< times the filters of every layer
    bool minimalistic = false;  ///< only 3x3 kernels and ReLU, no squeeze-and-excite: for hardware that wants no other
    double dropout_rate = 0.2;  ///< before the classifier
    bool include_preprocessing = true;  ///< a Rescaling from [0, 255] to [-1, 1] at the start
};

/// Of EfficientNetV2 and ConvNeXt.
struct PreprocessingOptions {
    bool include_top = true;
    std::filesystem::path weights = {};
    Shape input_shape = {};
    std::string pooling = {};
    std::int64_t classes = 1000;
    std::string classifier_activation = "softmax";
    std::string name = {};
    bool include_preprocessing = true;  ///< layers at the start that take pixels in [0, 255]
};

// Each throws ValueError for options that are none of Keras's and ShapeError for an input_shape that is too small, and
// what load_weights() throws for a weight file that does not fit.

/// Simonyan & Zisserman, 2014, https://arxiv.org/abs/1409.1556. Input 224x224, at least 32x32.
Model VGG16(const Options& options = {});
Model VGG19(const Options& options = {});

/// He et al., 2015, https://arxiv.org/abs/1512.03385. Input 224x224, at least 32x32.
Model ResNet50(const Options& options = {});
Model ResNet101(const Options& options = {});
Model ResNet152(const Options& options = {});

/// He et al., 2016, https://arxiv.org/abs/1603.05027. Input 224x224, at least 32x32.
Model ResNet50V2(const Options& options = {});
Model ResNet101V2(const Options& options = {});
Model ResNet152V2(const Options& options = {});

/// Howard et al., 2017, https://arxiv.org/abs/1704.04861. Input 224x224, at least 32x32.
Model MobileNet(const MobileNetOptions& options = {});
/// Sandler et al., 2018, https://arxiv.org/abs/1801.04381. Input 224x224, at least 32x32.
Model MobileNetV2(const MobileNetV2Options& options = {});
/// Howard et al., 2019, https://arxiv.org/abs/1905.02244. Input of any size (None), at least 32x32.
Model MobileNetV3Small(const MobileNetV3Options& options = {});
Model MobileNetV3Large(const MobileNetV3Options& options = {});

/// Tan & Le, 2019, https://arxiv.org/abs/1905.11946. Input from 224x224 (B0) to 600x600 (B7), at least 32x32, pixels in
/// [0, 255]. Keras's own pretrained weights want a further Rescaling by 1 / sqrt(deviation) that Keras adds for
/// weights="imagenet" alone.
Model EfficientNetB0(const Options& options = {});
Model EfficientNetB1(const Options& options = {});
Model EfficientNetB2(const Options& options = {});
Model EfficientNetB3(const Options& options = {});
Model EfficientNetB4(const Options& options = {});
Model EfficientNetB5(const Options& options = {});
Model EfficientNetB6(const Options& options = {});
Model EfficientNetB7(const Options& options = {});

/// Tan & Le, 2021, https://arxiv.org/abs/2104.00298. Input from 224x224 (B0) to 480x480 (L), at least 32x32.
Model EfficientNetV2B0(const PreprocessingOptions& options = {});
Model EfficientNetV2B1(const PreprocessingOptions& options = {});
Model EfficientNetV2B2(const PreprocessingOptions& options = {});
Model EfficientNetV2B3(const PreprocessingOptions& options = {});
Model EfficientNetV2S(const PreprocessingOptions& options = {});
Model EfficientNetV2M(const PreprocessingOptions& options = {});
Model EfficientNetV2L(const PreprocessingOptions& options = {});

/// Huang et al., 2016, https://arxiv.org/abs/1608.06993. Input 224x224, at least 32x32.
Model DenseNet121(const Options& options = {});
Model DenseNet169(const Options& options = {});
Model DenseNet201(const Options& options = {});

/// Szegedy et al., 2015, https://arxiv.org/abs/1512.00567. Input 299x299, at least 75x75.
Model InceptionV3(const Options& options = {});
/// Szegedy et al., 2016, https://arxiv.org/abs/1602.07261. Input 299x299, at least 75x75.
Model InceptionResNetV2(const Options& options = {});
/// Chollet, 2016, https://arxiv.org/abs/1610.02357. Input 299x299, at least 71x71.
Model Xception(const Options& options = {});

/// Zoph et al., 2017, https://arxiv.org/abs/1707.07012. Input 224x224 (Mobile), 331x331 (Large), at least 32x32.
Model NASNetMobile(const Options& options = {});
Model NASNetLarge(const Options& options = {});

/// Liu et al., 2022, https://arxiv.org/abs/2201.03545. Input 224x224, at least 32x32.
Model ConvNeXtTiny(const PreprocessingOptions& options = {});
Model ConvNeXtSmall(const PreprocessingOptions& options = {});
Model ConvNeXtBase(const PreprocessingOptions& options = {});
Model ConvNeXtLarge(const PreprocessingOptions& options = {});
Model ConvNeXtXLarge(const PreprocessingOptions& options = {});

/// The names above, in this order.
std::vector<std::string> network_names();
/// The network of this name with the options that all have, the others at their defaults. Throws ValueError, listing
/// the names there are, for another.
Model make_network(const std::string& name, const Options& options = {});

struct PreprocessOptions {
    /// caffe: BGR less ImageNet's mean; tf: to [-1, 1]; torch: to [0, 1], then by mean and deviation; none: as they are
    std::string mode = "caffe";
    std::string data_format = "channels_last";
};
/// Images with values in [0, 255], as (batch, height, width, 3) or one (height, width, 3), as float32 for a network.
/// Throws ShapeError for others where the mode goes by channel, ValueError for an unknown mode.
Tensor preprocess_input(const Tensor& images, const PreprocessOptions& options = {});
/// The mode that this network's images want, or "none" where its first layers do it. Throws as make_network().
std::string preprocess_mode(const std::string& network);

struct Prediction {
    std::string id;    ///< WordNet's: "n02129604"
    std::string name;  ///< "tiger"
    float score = 0;
};
/// The `top` classes of each row of (batch, classes), best first, by Keras's imagenet_class_index.json or a file like
/// it. Throws FileError for a file that is none, ShapeError for another count of classes than the file's.
std::vector<std::vector<Prediction>> decode_predictions(const Tensor& predictions,
                                                        const std::filesystem::path& class_index, std::size_t top = 5);

}  // namespace markhor::applications
