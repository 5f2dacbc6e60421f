// Kernels as short programs of oneDNN primitives over the arguments and pieces of scratch. Primitives are made at plan
// time, with scratchpads that the caller provides; the memory objects of a call are kept and lent to one caller at a
// time.
#include "engine/cpu/dnnl.hpp"

#include <sys/mman.h>

#include <cstring>
#include <mutex>
#include <new>
#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <vector>

#include "engine/cpu/bfloat16.hpp"
#include "engine/cpu/tail.hpp"

namespace markhor::cpu {
namespace {

using dnnl::memory;
using Desc = memory::desc;
using Dims = memory::dims;

const dnnl::engine& dnnl_engine() {
    static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    return engine;
}

// oneDNN asks OpenMP how many threads there are; for as long as this lives the answer is the plan's.
#ifdef MARKHOR_PARALLEL
class ThreadCount {
public:
    explicit ThreadCount(int threads) : before_(omp_get_max_threads()) { omp_set_num_threads(threads); }
    ~ThreadCount() { omp_set_num_threads(before_); }
    ThreadCount(const ThreadCount&) = delete;
    ThreadCount& operator=(const ThreadCount&) = delete;

private:
    int before_;
};
#else
struct ThreadCount {
    explicit ThreadCount(int /*threads*/) {}
};
#endif

// Where a primitive's argument lies.
struct Slot {
    enum class Kind { input, output, scratch, prepared };
    Kind kind;
    std::size_t index;    // of the input or output; of scratch and what is prepared, the offset
    std::size_t instead;  // for an output that nobody reads: the offset in scratch that takes it
};

class Program final : public graph::Kernel {
public:
    explicit Program(int threads = num_threads()) : threads_(threads) {}

    Slot input(std::size_t index) const { return {Slot::Kind::input, index, 0}; }
    // `may_be_unread`: a call may not want it though the primitive writes it.
    Slot output(std::size_t index, const Desc& desc, bool may_be_unread = false) {
        return {Slot::Kind::output, index, may_be_unread ? take(desc.get_size()) : 0};
    }
    Slot scratch(const Desc& desc) { return {Slot::Kind::scratch, take(desc.get_size()), 0}; }
    // Weights (input 1) in another layout.
    Slot prepare_weights(const Desc& from, const Desc& to) {
        const Slot slot{Slot::Kind::prepared, prepared_bytes_, 0};
        prepared_bytes_ += graph::whole_lines(to.get_size());
        copy(from, input(1), to, slot);
        steps_.back().prepares = true;
        return slot;
    }
    // The result is added to this input: a primitive adds to what its output holds before.
    void add_to_input(std::size_t index, std::size_t bytes) {
        added_ = static_cast<int>(index);
        added_bytes_ = bytes;
    }

    struct Argument {
        int which;
        Desc desc;
        Slot slot;
    };
    // `output`: the step runs only where this output is wanted; -1: always.
    void add(const dnnl::primitive& primitive, std::vector<Argument> arguments, const Desc& scratchpad,
             int output = -1) {
        if (scratchpad.get_size() > 0) arguments.push_back({DNNL_ARG_SCRATCHPAD, scratchpad, scratch(scratchpad)});
        steps_.push_back({primitive, std::move(arguments), output, false});
    }
    void copy(const Desc& from, Slot source, const Desc& to, Slot target, int output = -1) {
        dnnl::primitive_attr attributes;
        attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
        const dnnl::reorder::primitive_desc plan(dnnl_engine(), from, dnnl_engine(), to, attributes);
        add(dnnl::reorder(plan), {{DNNL_ARG_FROM, from, source}, {DNNL_ARG_TO, to, target}}, plan.scratchpad_desc(),
            output);
    }
    // The epilogue is swept over so many elements of the result.
    void sweep(ops::Epilogue epilogue, std::int64_t elements, Storage storage) {
        swept_ = epilogue;
        swept_elements_ = elements;
        swept_storage_ = storage;
    }
    void set_algorithm(const char* implementation) { algorithm_ = std::string("onednn ") + implementation; }

    void run(const KernelArguments& a) const override {
        KernelArguments all = a;
        all.prepared = a.scratch + scratch_bytes_;
        if (nobody_reads(a)) return;
        if (prepared_bytes_ > 0) prepare(all);
        run_prepared(all);
    }
    void run_prepared(const KernelArguments& a) const override {
        if (nobody_reads(a)) return;
        if (added_ >= 0 && a.inputs[static_cast<std::size_t>(added_)] != a.outputs[0]) {
            parallel_for(static_cast<std::int64_t>(added_bytes_), grain, [&](std::int64_t begin, std::int64_t end) {
                std::memcpy(a.out<std::byte>(0) + begin, a.in<std::byte>(static_cast<std::size_t>(added_)) + begin,
                            static_cast<std::size_t>(end - begin));
            });
        }
        execute(a, false);
        if (swept_ != ops::Epilogue::none) sweep(a);
    }
    void prepare(const KernelArguments& a) const override { execute(a, true); }
    bool prepares(std::size_t input) const override { return prepared_bytes_ > 0 && input == 1; }
    std::size_t prepared_bytes() const override { return prepared_bytes_; }
    std::size_t scratch_bytes_prepared() const override { return scratch_bytes_; }
    std::size_t scratch_bytes() const override { return scratch_bytes_ + prepared_bytes_; }
    std::string_view algorithm() const override { return algorithm_; }

private:
    struct Step {
        dnnl::primitive primitive;
        std::vector<Argument> arguments;
        int output;
        bool prepares;
    };
    // What one running call needs of its own.
    struct Call {
        dnnl::stream stream{dnnl_engine()};
        std::vector<memory> memories;
        std::vector<dnnl_exec_arg_t> arguments;
    };

    static bool nobody_reads(const KernelArguments& a) {
        return std::ranges::all_of(a.outputs, [](const void* output) { return output == nullptr; });
    }

    void sweep(const KernelArguments& a) const {
        const Clamp clamp = clamp_of(swept_);
        const auto apply = [&](std::int64_t begin, std::int64_t end) {
            if (swept_storage_ == Storage::bfloat16) return clamp_all(end - begin, clamp, a.out<BFloat16>(0) + begin);
            unary(sweep_of(swept_), end - begin, a.out<float>(0) + begin, a.out<float>(0) + begin);
        };
        if (swept_storage_ == Storage::float32 || is_clamp(swept_)) return parallel_for(swept_elements_, grain, apply);
        by_pieces<1>(
            swept_elements_, {a.out<BFloat16>(0)}, a.out<BFloat16>(0),
            [&](std::int64_t count, const auto& from, float* to) { unary(sweep_of(swept_), count, from[0], to); });
    }
    // The steps that prepare, or the others.
    void execute(const KernelArguments& a, bool preparing) const {
        const ThreadCount threads(threads_);
        std::unique_ptr<Call> call = borrow();
        std::size_t next = 0;
        for (const Step& step : steps_) {
            const std::size_t first = next;
            next += step.arguments.size();
            if (step.prepares != preparing) continue;
            if (step.output >= 0 && a.outputs[static_cast<std::size_t>(step.output)] == nullptr) continue;
            for (std::size_t i = first; i < next; ++i) {
                call->memories[i].set_data_handle(address(step.arguments[i - first].slot, a));
            }
            dnnl::error::wrap_c_api(dnnl_primitive_execute(step.primitive.get(), call->stream.get(),
                                                           static_cast<int>(next - first), &call->arguments[first]),
                                    "oneDNN could not run a primitive");
        }
        call->stream.wait();
        give_back(std::move(call));
    }
    std::size_t take(std::size_t bytes) {
        const std::size_t at = scratch_bytes_;
        scratch_bytes_ += graph::whole_lines(bytes);
        return at;
    }

    static void* address(const Slot& slot, const KernelArguments& a) {
        switch (slot.kind) {
            case Slot::Kind::input: return const_cast<void*>(a.inputs[slot.index]);
            case Slot::Kind::output:
                return a.outputs[slot.index] != nullptr ? a.outputs[slot.index] : a.scratch + slot.instead;
            case Slot::Kind::prepared: return a.prepared + slot.index;
            case Slot::Kind::scratch: break;
        }
        return a.scratch + slot.index;
    }

    std::unique_ptr<Call> borrow() const {
        {
            const std::lock_guard lock(mutex_);
            if (!idle_.empty()) {
                std::unique_ptr<Call> call = std::move(idle_.back());
                idle_.pop_back();
                return call;
            }
        }
        auto call = std::make_unique<Call>();
        for (const Step& step : steps_) {
            for (const Argument& argument : step.arguments) {
                call->memories.emplace_back(argument.desc, dnnl_engine(), nullptr);
                call->arguments.push_back({argument.which, call->memories.back().get()});
            }
        }
        return call;
    }
    void give_back(std::unique_ptr<Call> call) const {
        const std::lock_guard lock(mutex_);
        idle_.push_back(std::move(call));
    }

    int threads_;
    std::vector<Step> steps_;
    std::size_t scratch_bytes_ = 0;
    std::size_t prepared_bytes_ = 0;
    int added_ = -1;
    std::size_t added_bytes_ = 0;
    ops::Epilogue swept_ = ops::Epilogue::none;
    std::int64_t swept_elements_ = 0;
    Storage swept_storage_ = Storage::float32;
    std::string algorithm_;
    mutable std::mutex mutex_;
    mutable std::vector<std::unique_ptr<Call>> idle_;
};

memory::data_type type_of(Storage storage) {
    return storage == Storage::bfloat16 ? memory::data_type::bf16 : memory::data_type::f32;
}

// A convolution as oneDNN describes it: channels before space, groups apart, whatever lies in memory.
struct Convolution {
    explicit Convolution(const ConvolutionSizes& s) : Convolution(s, type_of(s.storage)) {}
    Convolution(const ConvolutionSizes& s, memory::data_type weight_type) : type(type_of(s.storage)) {
        const ops::Window& w = s.window;
        const auto rank = static_cast<std::size_t>(w.rank);
        const auto spatial = [rank](const ops::Spatial& all) {
            return Dims(all.end() - static_cast<int>(rank), all.end());
        };
        image = image_of(s.batch, s.in_channels, spatial(s.in));
        result = image_of(s.batch, s.out_channels, spatial(s.out));
        stride = spatial(w.stride);
        before = spatial(w.pad_before);
        for (std::size_t axis = 3 - rank; axis < 3; ++axis) {
            const std::int64_t reach = w.reach(axis);
            dilation.push_back(w.dilation[axis] - 1);
            // Only what the last window reaches: oneDNN wants the sizes to come out even.
            after.push_back((s.out[axis] - 1) * w.stride[axis] + reach - s.in[axis] - w.pad_before[axis]);
        }

        const std::int64_t in = s.in_channels / s.groups;
        const std::int64_t out = s.out_channels / s.groups;
        weight_dims = {out, in};
        Dims strides{1, s.out_channels};
        const Dims taps = spatial(w.size);
        weight_dims.insert(weight_dims.end(), taps.begin(), taps.end());
        std::int64_t step = in * s.out_channels;
        Dims tap_strides(rank);
        for (std::size_t axis = rank; axis-- > 0;) {
            tap_strides[axis] = step;
            step *= taps[axis];
        }
        strides.insert(strides.end(), tap_strides.begin(), tap_strides.end());
        if (s.groups > 1) {
            weight_dims.insert(weight_dims.begin(), s.groups);
            strides.insert(strides.begin(), out);
        }
        weights = Desc(weight_dims, weight_type, strides);
        any_weights = Desc(weight_dims, weight_type, memory::format_tag::any);
        bias = Desc({s.out_channels}, memory::data_type::f32, memory::format_tag::x);
    }

    Desc image_of(std::int64_t batch, std::int64_t channels, const Dims& spatial) const {
        Dims dims{batch, channels};
        dims.insert(dims.end(), spatial.begin(), spatial.end());
        Dims strides(dims.size());
        std::int64_t step = channels;
        for (std::size_t axis = dims.size(); axis-- > 2;) {
            strides[axis] = step;
            step *= dims[axis];
        }
        strides[0] = step;
        strides[1] = 1;
        return {dims, type, strides};
    }

    memory::data_type type;
    Desc image, result, weights, any_weights, bias;
    Dims weight_dims, stride, dilation, before, after;
};

// Whether a primitive does the epilogue itself. oneDNN's relu, clip and logistic make a number of NaN, so they are
// swept over the result; in float32 so are the others, as our own sweeps are quicker.
bool is_inside(ops::Epilogue epilogue, Storage storage) {
    return storage == Storage::bfloat16 && (epilogue == ops::Epilogue::silu || epilogue == ops::Epilogue::hard_silu);
}

// Adds to what the output holds where asked, then the epilogue where is_inside().
dnnl::primitive_attr attributes_with(ops::Epilogue epilogue, bool adds = false, Storage storage = Storage::float32) {
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    dnnl::post_ops after;
    if (adds) after.append_sum(1.0F);
    const auto append = [&after](dnnl::algorithm algorithm, float alpha, float beta) {
#if DNNL_VERSION_MAJOR >= 3
        after.append_eltwise(algorithm, alpha, beta);
#else
        after.append_eltwise(1.0F, algorithm, alpha, beta);
#endif
    };
    if (is_inside(epilogue, storage)) {
        if (epilogue == ops::Epilogue::silu) append(dnnl::algorithm::eltwise_swish, 1.0F, 0.0F);
        if (epilogue == ops::Epilogue::hard_silu) append(dnnl::algorithm::eltwise_hardswish, 1.0F / 6, 0.5F);
    }
    attributes.set_post_ops(after);
    return attributes;
}

// oneDNN writes the code it generates without asking whether there was memory for it: asked here, before each plan.
void check_memory_for_code() {
    constexpr std::size_t bytes = std::size_t{32} << 20;
    void* const place =
        ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (place == MAP_FAILED) throw std::bad_alloc();
    ::munmap(place, bytes);
}

// The epilogue that the kernel of a primitive sweeps: in float32 what with_tail() takes for done, in bfloat16 all that
// is not inside.
ops::Epilogue swept_inside(ops::Epilogue epilogue, Storage storage) {
    const bool sweeps = storage == Storage::float32 ? is_clamp(epilogue) : !is_inside(epilogue, storage);
    return sweeps ? epilogue : ops::Epilogue::none;
}

// A primitive descriptor of `Primitive`, from the arguments of its operation.
template <class Primitive, class... Arguments>
auto plan_of(const dnnl::primitive_attr& attributes, const Arguments&... arguments) {
    check_memory_for_code();
#if DNNL_VERSION_MAJOR >= 3
    return typename Primitive::primitive_desc(dnnl_engine(), arguments..., attributes);
#else
    return typename Primitive::primitive_desc(typename Primitive::desc(arguments...), attributes, dnnl_engine());
#endif
}

// The same for a gradient, which must name the forward operation.
template <class Primitive, class Forward, class... Arguments>
auto gradient_plan_of(const Forward& forward, const dnnl::primitive_attr& attributes, const Arguments&... arguments) {
    check_memory_for_code();
#if DNNL_VERSION_MAJOR >= 3
    return typename Primitive::primitive_desc(dnnl_engine(), arguments..., forward, attributes);
#else
    return
        typename Primitive::primitive_desc(typename Primitive::desc(arguments...), attributes, dnnl_engine(), forward);
#endif
}

auto forward_plan(const Convolution& c, const Desc& weights, bool has_bias, const dnnl::primitive_attr& attributes) {
    return plan_of<dnnl::convolution_forward>(
        attributes, dnnl::prop_kind::forward_training, dnnl::algorithm::convolution_direct, c.image, weights,
        has_bias ? c.bias : Desc(), c.result, c.stride, c.dilation, c.before, c.after);
}

template <class Plan>
bool is_reference(const Plan& plan) {
    return std::string_view(plan.impl_info_str()).find("ref") != std::string_view::npos;
}

// oneDNN 2.6's depthwise convolution for SSE4.1 reads and writes beyond channels that fill no vector.
template <class Plan>
bool is_faulty(const Plan& plan) {
    return std::string_view(plan.impl_info_str()).ends_with("dw:sse41");
}

template <class Plan>
bool is_usable(const Plan& plan) {
    return !is_faulty(plan) && !is_reference(plan);
}

// Calls make(weights' layout) for the layout oneDNN likes best, else for ours as they are; null where both end in a
// reference loop or an error.
template <class Make>
KernelPtr with_weights(const Convolution& c, const Make& make) {
    for (const Desc* weights : {&c.any_weights, &c.weights}) {
        try {
            if (KernelPtr kernel = make(*weights)) return kernel;
        } catch (const dnnl::error&) {
            continue;  // "unimplemented": no exception but oneDNN's answer
        }
    }
    return nullptr;
}

// The slot of weights (input 1) in the layout that a plan wants, copied there first where that is not ours.
Slot weights_for(Program& program, const Convolution& c, const Desc& wanted) {
    return wanted == c.weights ? program.input(1) : program.prepare_weights(c.weights, wanted);
}

}  // namespace

ConvolutionSizes::ConvolutionSizes(const ops::Window& window, std::int64_t groups, const Shape& image,
                                   std::int64_t out_channels)
    : window(window),
      batch(image[0]),
      groups(groups),
      in_channels(image.back()),
      out_channels(out_channels),
      in(window.spatial(image)),
      out(window.positions(in)) {}

void cap_dnnl(Isa isa) {
    // The variable ONEDNN_MAX_CPU_ISA has no say then. An error here is a library built without the means: no cap.
    switch (isa) {
        case Isa::sse4: dnnl::set_max_cpu_isa(dnnl::cpu_isa::sse41); break;
        case Isa::avx2: dnnl::set_max_cpu_isa(dnnl::cpu_isa::avx2); break;
        case Isa::avx512: dnnl::set_max_cpu_isa(dnnl::cpu_isa::avx512_core); break;
        case Isa::avx512_bf16: dnnl::set_max_cpu_isa(dnnl::cpu_isa::avx512_core_bf16); break;
        case Isa::amx: break;
    }
}

bool has_bfloat16_products() {
    // An instruction set's number has the bits of those it contains.
    const auto wanted = static_cast<unsigned>(dnnl::cpu_isa::avx512_core_bf16);
    return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & wanted) == wanted;
}

KernelPtr dnnl_convolution(const ConvolutionSizes& sizes, bool has_bias, const ops::ConvolutionTail& tail) {
    const ThreadCount threads(num_threads());
    const Convolution c(sizes);
    return with_weights(c, [&](const Desc& weights) -> KernelPtr {
        const auto plan = forward_plan(c, weights, has_bias, attributes_with(tail.epilogue, tail.adds, sizes.storage));
        if (!is_usable(plan)) return nullptr;
        auto program = std::make_unique<Program>();
        program->set_algorithm(plan.impl_info_str());
        std::vector<Program::Argument> arguments{
            {DNNL_ARG_SRC, c.image, program->input(0)},
            {DNNL_ARG_WEIGHTS, plan.weights_desc(), weights_for(*program, c, plan.weights_desc())},
            {DNNL_ARG_DST, c.result, program->output(0, c.result)}};
        if (has_bias) arguments.push_back({DNNL_ARG_BIAS, c.bias, program->input(2)});
        if (tail.adds) program->add_to_input(has_bias ? 3 : 2, c.result.get_size());
        program->add(dnnl::convolution_forward(plan), std::move(arguments), plan.scratchpad_desc());
        Shape result{sizes.batch, sizes.out[0], sizes.out[1], sizes.out[2], sizes.out_channels};
        program->sweep(swept_inside(tail.epilogue, sizes.storage), result.elements(), sizes.storage);
        if (sizes.storage == Storage::bfloat16) return program;
        if (tail.pools) result = {sizes.batch, sizes.out[1], sizes.out[2], sizes.out_channels};
        return with_tail(std::move(program), result, tail.epilogue, tail.pools);
    });
}

KernelPtr dnnl_convolution_input_gradient(const ConvolutionSizes& sizes) {
    const ThreadCount threads(num_threads());
    const Convolution c(sizes);
    return with_weights(c, [&](const Desc& weights) -> KernelPtr {
        const auto forward = forward_plan(c, weights, false, attributes_with(ops::Epilogue::none));
        const auto plan = gradient_plan_of<dnnl::convolution_backward_data>(
            forward, attributes_with(ops::Epilogue::none), dnnl::algorithm::convolution_direct, c.image, weights,
            c.result, c.stride, c.dilation, c.before, c.after);
        if (!is_usable(plan)) return nullptr;
        auto program = std::make_unique<Program>();
        program->set_algorithm(plan.impl_info_str());
        std::vector<Program::Argument> arguments{
            {DNNL_ARG_DIFF_DST, c.result, program->input(0)},
            {DNNL_ARG_WEIGHTS, plan.weights_desc(), weights_for(*program, c, plan.weights_desc())},
            {DNNL_ARG_DIFF_SRC, c.image, program->output(0, c.image)}};
        program->add(dnnl::convolution_backward_data(plan), std::move(arguments), plan.scratchpad_desc());
        return program;
    });
}

KernelPtr dnnl_convolution_weight_gradient(const ConvolutionSizes& sizes, bool has_bias) {
    const ThreadCount threads(num_threads());
    const Convolution forward(sizes);
    const Convolution c(sizes, memory::data_type::f32);
    return with_weights(c, [&](const Desc& weights) -> KernelPtr {
        const Desc& forward_weights = &weights == &c.any_weights ? forward.any_weights : forward.weights;
        const auto whole = forward_plan(forward, forward_weights, has_bias, attributes_with(ops::Epilogue::none));
        const auto plan = gradient_plan_of<dnnl::convolution_backward_weights>(
            whole, attributes_with(ops::Epilogue::none), dnnl::algorithm::convolution_direct, c.image, weights,
            has_bias ? c.bias : Desc(), c.result, c.stride, c.dilation, c.before, c.after);
        if (!is_usable(plan)) return nullptr;
        auto program = std::make_unique<Program>();
        program->set_algorithm(plan.impl_info_str());
        const Desc made = plan.diff_weights_desc();
        const bool copies = made != c.weights;
        const Slot target = copies ? program->scratch(made) : program->output(0, made, has_bias);
        std::vector<Program::Argument> arguments{{DNNL_ARG_SRC, c.image, program->input(0)},
                                                 {DNNL_ARG_DIFF_DST, c.result, program->input(1)},
                                                 {DNNL_ARG_DIFF_WEIGHTS, made, target}};
        if (has_bias) arguments.push_back({DNNL_ARG_DIFF_BIAS, c.bias, program->output(1, c.bias, true)});
        program->add(dnnl::convolution_backward_weights(plan), std::move(arguments), plan.scratchpad_desc());
        if (copies) program->copy(made, target, c.weights, program->output(0, c.weights), 0);
        return program;
    });
}

KernelPtr dnnl_matmul(const MatMulSizes& s, bool has_bias, ops::Epilogue epilogue) {
    // A smaller product is over before a second thread has fetched its share.
    constexpr std::int64_t least_for_threads = 1 << 20;
    const int thread_count = s.m * s.k * s.n < least_for_threads ? 1 : num_threads();
    const ThreadCount threads(thread_count);
    const auto matrix = [&s](std::int64_t rows, std::int64_t columns, bool transposed) {
        return Desc({rows, columns}, type_of(s.storage), transposed ? memory::format_tag::ba : memory::format_tag::ab);
    };
    const Desc a = matrix(s.m, s.k, s.transpose_a);
    const Desc b = matrix(s.k, s.n, s.transpose_b);
    const Desc result = matrix(s.m, s.n, false);
    const Desc bias({1, s.n}, memory::data_type::f32, memory::format_tag::ab);
    try {
        const auto plan =
            plan_of<dnnl::matmul>(attributes_with(epilogue, false, s.storage), a, b, has_bias ? bias : Desc(), result);
        if (s.storage == Storage::bfloat16 && is_reference(plan)) return nullptr;
        auto program = std::make_unique<Program>(thread_count);
        program->set_algorithm(plan.impl_info_str());
        std::vector<Program::Argument> arguments{{DNNL_ARG_SRC, a, program->input(0)},
                                                 {DNNL_ARG_WEIGHTS, b, program->input(1)},
                                                 {DNNL_ARG_DST, result, program->output(0, result)}};
        if (has_bias) arguments.push_back({DNNL_ARG_BIAS, bias, program->input(2)});
        program->add(dnnl::matmul(plan), std::move(arguments), plan.scratchpad_desc());
        program->sweep(swept_inside(epilogue, s.storage), s.m * s.n, s.storage);
        if (s.storage == Storage::bfloat16) return program;
        return with_tail(std::move(program), {s.m, s.n}, epilogue, false);
    } catch (const dnnl::error&) {
        return nullptr;
    }
}

}  // namespace markhor::cpu
