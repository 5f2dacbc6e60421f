// The Keras layers, by family.
#pragma once

#include <markhor/layers/activation.hpp>
#include <markhor/layers/augmentation.hpp>
#include <markhor/layers/convolution.hpp>
#include <markhor/layers/core.hpp>
#include <markhor/layers/einsum_dense.hpp>
#include <markhor/layers/merge.hpp>
#include <markhor/layers/normalization.hpp>
#include <markhor/layers/pooling.hpp>
#include <markhor/layers/preprocessing.hpp>
#include <markhor/layers/regularization.hpp>
#include <markhor/layers/reshaping.hpp>
