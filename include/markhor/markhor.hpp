// Keras for C++: everything. See the README for ten lines of it at work.
#pragma once

#include <markhor/applications.hpp>
#include <markhor/augmentation.hpp>
#include <markhor/callbacks.hpp>
#include <markhor/case_study.hpp>
#include <markhor/constraints.hpp>
#include <markhor/custom_objects.hpp>
#include <markhor/data_files.hpp>
#include <markhor/dataset.hpp>
#include <markhor/error.hpp>
#include <markhor/initializers.hpp>
#include <markhor/insight.hpp>
#include <markhor/layer.hpp>
#include <markhor/layers.hpp>
#include <markhor/layers/operators.hpp>
#include <markhor/losses.hpp>
#include <markhor/metrics.hpp>
#include <markhor/model.hpp>
#include <markhor/optimizers.hpp>
#include <markhor/precision.hpp>
#include <markhor/regularizers.hpp>
#include <markhor/saving.hpp>
#include <markhor/shape.hpp>
#include <markhor/tensor.hpp>
#include <markhor/utils.hpp>
#include <markhor/version.hpp>
