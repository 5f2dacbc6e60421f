// Files changed at random, each read in a process of its own with 10 seconds and 2 GB: a signal, a wait or more memory
// is a finding, whose file is kept. Seeds are fixed: a run can be repeated. scripts/check-mutations.sh builds and runs
// it.
//
//   mutations KIND COUNT FIRST FOUND SEED_FILE...     With COUNT 0 the files as they are.
//   KIND: config keras h5 weights npz csv idx image,
//   and toml json state, read by the command that $MARKHOR names (state: the files of OUT.run and OUT/results.json)
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <markhor/markhor.hpp>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using markhor::Model;
using nlohmann::json;
using Random = std::mt19937_64;

constexpr int seconds_limit = 10;
constexpr long memory_limit_kib = 2L << 20;

std::string read_file(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

void write_file(const fs::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

std::size_t below(Random& random, std::size_t count) { return count == 0 ? 0 : random() % count; }

/// One change of bytes: bits, numbers of each width, what is cut out, doubled, moved, cut off.
void mutate_bytes(Random& random, std::string& bytes, const std::string& other) {
    static constexpr std::array<std::uint64_t, 16> numbers{0,
                                                           1,
                                                           2,
                                                           0x7F,
                                                           0x80,
                                                           0xFF,
                                                           0x7FFF,
                                                           0xFFFF,
                                                           0x7FFFFFFF,
                                                           0x80000000,
                                                           0xFFFFFFFF,
                                                           0x100000000,
                                                           0x3FFFFFFFFFFFFFFF,
                                                           0x7FFFFFFFFFFFFFFF,
                                                           0x8000000000000000,
                                                           ~0ULL};
    if (bytes.empty()) return;
    const std::size_t at = below(random, bytes.size());
    const std::size_t length = std::min(bytes.size() - at, std::size_t{1} << below(random, 10));
    switch (below(random, 9)) {
        case 0: bytes[at] = static_cast<char>(bytes[at] ^ 1 << below(random, 8)); break;
        case 1: bytes[at] = static_cast<char>(random()); break;
        case 2:
        case 3: {
            const std::uint64_t number = numbers[below(random, numbers.size())];
            std::array<char, 8> raw{};
            std::memcpy(raw.data(), &number, raw.size());
            const std::size_t width = std::size_t{1} << below(random, 4);
            if (below(random, 2) == 0) std::reverse(raw.begin(), raw.begin() + static_cast<std::ptrdiff_t>(width));
            for (std::size_t i = 0; i < width && at + i < bytes.size(); ++i) bytes[at + i] = raw[i];
            break;
        }
        case 4: bytes.erase(at, length); break;
        case 5: bytes.insert(below(random, bytes.size()), bytes.substr(at, length)); break;
        case 6: bytes.replace(at, length, std::string(length, static_cast<char>(random()))); break;
        case 7:
            if (!other.empty()) bytes.replace(at, length, other.substr(below(random, other.size()), length));
            break;
        default: bytes.resize(at);
    }
}

std::uint32_t crc32(std::string_view bytes) {
    std::uint32_t crc = ~0U;
    for (const char byte : bytes) {
        crc ^= static_cast<unsigned char>(byte);
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ (0xEDB88320U & (0U - (crc & 1U)));
    }
    return ~crc;
}

template <class T>
T number_at(const std::string& bytes, std::size_t at) {
    T number{};
    if (at + sizeof number <= bytes.size()) std::memcpy(&number, bytes.data() + at, sizeof number);
    return number;
}

/// Changes what a zip archive stores of one member, and its checksums with it: the change reaches the reader.
bool mutate_stored_member(Random& random, std::string& zip, const std::string& other) {
    std::vector<std::size_t> stored;  // entries of the central directory
    for (std::size_t at = zip.find("PK\1\2"); at != std::string::npos; at = zip.find("PK\1\2", at + 4)) {
        if (number_at<std::uint16_t>(zip, at + 10) == 0 && number_at<std::uint32_t>(zip, at + 20) > 0)
            stored.push_back(at);
    }
    if (stored.empty()) return false;
    const std::size_t entry = stored[below(random, stored.size())];
    const std::size_t size = number_at<std::uint32_t>(zip, entry + 20);
    const std::size_t local = number_at<std::uint32_t>(zip, entry + 42);
    const std::size_t begin =
        local + 30 + number_at<std::uint16_t>(zip, local + 26) + number_at<std::uint16_t>(zip, local + 28);
    if (begin > zip.size() || size > zip.size() - begin) return false;
    std::string content = zip.substr(begin, size);
    mutate_bytes(random, content, other);
    content.resize(size, '\n');
    const std::uint32_t crc = crc32(content);
    zip.replace(begin, size, content);
    std::memcpy(zip.data() + entry + 16, &crc, sizeof crc);
    std::memcpy(zip.data() + local + 14, &crc, sizeof crc);
    return true;
}

/// All values in a JSON document.
void collect(json& value, std::vector<json*>& all) {
    all.push_back(&value);
    if (value.is_structured()) {
        for (json& item : value) collect(item, all);
    }
}

json evil_value(Random& random) {
    static const std::vector<json> values = {nullptr,
                                             true,
                                             false,
                                             0,
                                             1,
                                             -1,
                                             2,
                                             3,
                                             255,
                                             65536,
                                             2147483647,
                                             -2147483648LL,
                                             4294967296LL,
                                             1LL << 40,
                                             1LL << 62,
                                             9223372036854775807LL,
                                             -9223372036854775807LL - 1,
                                             18446744073709551615ULL,
                                             0.5,
                                             -0.5,
                                             1e30,
                                             1e-300,
                                             1e308,
                                             "",
                                             "same",
                                             "valid",
                                             "relu",
                                             "\x1b[31m",
                                             "\u202E",
                                             json::array(),
                                             json::object(),
                                             json::array({json::array()}),
                                             json::array({nullptr}),
                                             json::array({1, 1}),
                                             json::array({4294967296LL, 3}),
                                             json::array({0, 0}),
                                             json::array({-1, -1}),
                                             "Dense",
                                             "Functional",
                                             "Sequential",
                                             json::array({nullptr, 1LL << 32, 1LL << 32, 3}),
                                             json::array({nullptr, 0}),
                                             json::array({nullptr})};
    if (below(random, 20) == 0) return std::string(std::size_t{1} << (10 + below(random, 12)), 'x');
    return values[below(random, values.size())];
}

/// One change of a document: a value replaced, a member removed or given another name, an item doubled or moved.
void mutate_json(Random& random, json& document) {
    std::vector<json*> all;
    collect(document, all);
    // Deep values are most: any, or one of those near.
    json& value = *all[below(random, all.size())];
    const json& other = *all[below(random, all.size())];
    switch (below(random, 6)) {
        case 0:
            if (value.is_object() && !value.empty()) {
                value.erase(std::next(value.begin(), static_cast<std::ptrdiff_t>(below(random, value.size()))));
                break;
            }
            [[fallthrough]];
        case 1:
            if (value.is_array() && !value.empty()) {
                const json item = value[below(random, value.size())];
                value.insert(value.begin() + static_cast<std::ptrdiff_t>(below(random, value.size() + 1)), item);
                break;
            }
            [[fallthrough]];
        case 2: {
            const json copy = other;
            if (copy.dump(-1, ' ', true, json::error_handler_t::replace).size() < 100'000) value = copy;
            break;
        }
        case 3:
            if (value.is_number_integer()) {
                value = value.get<std::int64_t>() + static_cast<std::int64_t>(below(random, 7)) - 3;
                break;
            }
            [[fallthrough]];
        default: value = evil_value(random);
    }
}

/// What the commands do with a model: summary, audit, plot, save, predict.
void use(const Model& model) {
    static_cast<void>(model.summary_text({.expand_nested = true}));
    static_cast<void>(model.to_json());
    static_cast<void>(markhor::utils::model_to_dot(model, {.show_shapes = true, .expand_nested = true}));
    const std::vector<markhor::Shape> shapes = model.input_shapes();
    if (shapes.size() != 1 || shapes[0].rank() == 0) return;
    std::vector<std::int64_t> sizes = shapes[0].dims();
    double elements = 1;
    for (std::int64_t& size : sizes) {
        if (size < 0) size = 1;
        elements *= static_cast<double>(size);
    }
    if (sizes.size() == 4)
        static_cast<void>(markhor::insight::audit_text(
            markhor::insight::audit(model, {.machine = markhor::insight::Machine{1e9, 1e9}})));
    if (elements <= 1e5)
        static_cast<void>(model.predict(markhor::Tensor::zeros(markhor::Shape(sizes)), {.verbose = 0}));
}

void read(const markhor::Dataset& data) {
    const markhor::Batch* batch = nullptr;
    auto batches = data.batches({.batch_size = 2});
    for (int i = 0; i < 2 && (batch = batches.next()) != nullptr; ++i) {
    }
}

/// The command with the file as its options, and data that there are not: it ends once it has read them. Does not
/// return.
void command(const fs::path& file) {
    ::execl(std::getenv("MARKHOR"), "markhor", "train", "--config", file.c_str(), "--data", "/none", "--out",
            "/none/out", nullptr);
    std::abort();
}

/// `markhor resume` of the run that lies in this folder, x. Does not return.
void resume(const fs::path& folder) {
    fs::current_path(folder);
    const bool is_finished = !fs::exists(folder / "x.run");
    ::execl(std::getenv("MARKHOR"), "markhor", "resume", "x", is_finished ? "--epochs" : nullptr, "2", nullptr);
    std::abort();
}

/// A checksum that fits, so that the change reaches the reader.
void sign_backup(std::string& bytes) {
    constexpr std::size_t begin = 24;
    if (bytes.size() < begin) return;
    const std::uint64_t crc = crc32(std::string_view(bytes).substr(begin));
    const std::uint64_t size = bytes.size() - begin;
    std::memcpy(bytes.data() + 8, &crc, sizeof crc);
    std::memcpy(bytes.data() + 16, &size, sizeof size);
}

struct Kind {
    std::string extension;
    std::function<void(const fs::path&)> use;
    bool is_json = false;
};

std::map<std::string, Kind> kinds() {
    return {
        {"config", {".json", [](const fs::path& file) { use(markhor::model_from_json(read_file(file))); }, true}},
        {"keras", {".keras", [](const fs::path& file) { use(markhor::load_model(file)); }}},
        {"h5", {".h5", [](const fs::path& file) { use(markhor::load_model(file)); }}},
        {"weights",
         {".weights.h5",
          [](const fs::path& file) {
              markhor::Sequential model({markhor::Input({6, 6, 1}), markhor::layers::Conv2D(2, {3, 3}),
                                         markhor::layers::Flatten(), markhor::layers::Dense(2)});
              model.load_weights(file);
          }}},
        {"npz", {".npz", [](const fs::path& file) { read(markhor::data::npz_file(file)); }}},
        {"toml", {".toml", command}},
        {"json", {".json", command, true}},
        {"state", {"", resume}},
        {"csv", {".csv", [](const fs::path& file) { read(markhor::data::csv_file(file)); }}},
        {"image", {".img", [](const fs::path& file) { static_cast<void>(markhor::load_image(file)); }}},
        {"idx",
         {"",
          [](const fs::path& file) {
              const markhor::data::TrainTest sets = markhor::data::open_folder(file.parent_path());
              read(sets.train);
          }}},
    };
}

enum Result : int { taken = 0, refused = 1, no_memory = 2, other_error = 3, signalled, too_slow, too_large };

constexpr std::array<const char*, 7> result_names{"taken",  "refused", "no-memory", "foreign-error",
                                                  "signal", "slow",    "large"};

/// In a process of its own; the worst of it in `detail`.
Result run(const std::function<void()>& action, std::string& detail, double& seconds) {
    const auto begin = std::chrono::steady_clock::now();
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) std::abort();
    const pid_t child = ::fork();
    if (child == 0) {
        const rlimit address{6UL << 30, 6UL << 30};
        ::setrlimit(RLIMIT_AS, &address);
        const rlimit core{0, 0};
        ::setrlimit(RLIMIT_CORE, &core);
        ::alarm(seconds_limit);
        const int null = ::open("/dev/null", O_WRONLY);
        ::dup2(null, STDOUT_FILENO);
        ::dup2(null, STDERR_FILENO);
        int status = taken;
        std::string text;
        try {
            action();
        } catch (const markhor::Error& error) {
            status = refused;
            text = error.what();
        } catch (const std::bad_alloc&) {
            status = no_memory;
        } catch (const std::exception& error) {
            status = other_error;
            text = error.what();
        }
        static_cast<void>(!::write(ends[1], text.data(), std::min<std::size_t>(text.size(), 300)));
        ::_exit(status);
    }
    ::close(ends[1]);
    std::array<char, 400> text{};
    detail.clear();
    for (ssize_t got = 0; (got = ::read(ends[0], text.data(), text.size())) > 0;)
        detail.append(text.data(), static_cast<std::size_t>(got));
    ::close(ends[0]);
    int status = 0;
    rusage used{};
    ::wait4(child, &status, 0, &used);
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    if (WIFSIGNALED(status)) {
        detail = "signal " + std::to_string(WTERMSIG(status));
        return WTERMSIG(status) == SIGALRM ? too_slow : signalled;
    }
    if (used.ru_maxrss > memory_limit_kib) {
        detail = std::to_string(used.ru_maxrss >> 10) + " MiB";
        return too_large;
    }
    return static_cast<Result>(WEXITSTATUS(status));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 6) {
        std::cerr << "usage: mutations KIND COUNT FIRST FOUND SEED_FILE...\n";
        return 2;
    }
    const std::string kind_name = argv[1];
    const Kind kind = kinds().at(kind_name);
    const long count = std::atol(argv[2]);
    const long first = std::atol(argv[3]);
    const fs::path found = argv[4];
    std::vector<fs::path> files(argv + 5, argv + argc);
    std::vector<std::string> seeds;
    for (const fs::path& file : files) seeds.push_back(read_file(file));

    if (count == 0) {
        for (const fs::path& file : files) {
            std::string detail;
            double seconds = 0;
            const Result result = run([&] { kind.use(file); }, detail, seconds);
            std::printf("%s: %s %s, %.2f s\n", file.c_str(), result_names[static_cast<std::size_t>(result)],
                        detail.c_str(), seconds);
        }
        return 0;
    }

    char name[] = "/dev/shm/markhor-mutations-XXXXXX";
    const fs::path folder = ::mkdtemp(name);
    std::array<long, 7> counts{};
    double slowest = 0;
    for (long i = first; i < first + count; ++i) {
        Random random(static_cast<std::uint64_t>(i) * 1000003 + std::hash<std::string>{}(kind_name));
        const std::size_t seed = below(random, seeds.size());
        std::string bytes = seeds[seed];
        const std::size_t changes = 1 + (below(random, 3) == 0 ? below(random, 4) : 0);
        const bool is_json = kind.is_json || (kind_name == "state" && files[seed].extension() == ".json");
        if (is_json && below(random, 10) > 0) {
            json document = json::parse(bytes);
            for (std::size_t n = 0; n < changes; ++n) mutate_json(random, document);
            bytes = document.dump(-1, ' ', false, json::error_handler_t::replace);
        } else {
            const bool inside = below(random, 4) > 0;
            for (std::size_t n = 0; n < changes; ++n) {
                const std::string& other = seeds[below(random, seeds.size())];
                if (!inside || !mutate_stored_member(random, bytes, other)) mutate_bytes(random, bytes, other);
            }
            if (inside && files[seed].extension() == ".backup") sign_backup(bytes);
        }
        fs::path file = folder / ("mutated" + kind.extension);
        if (kind_name == "idx") {  // a set of four files, one of them changed
            for (std::size_t n = 0; n < files.size(); ++n) write_file(folder / files[n].filename(), seeds[n]);
            file = folder / files[seed].filename();
        }
        if (kind_name == "state") {  // of the run's files in FOLDER/RUN/x.run or FOLDER/RUN/x, and FOLDER/data
            const fs::path& changed = files[seed];
            const fs::path place = changed.parent_path().parent_path();
            fs::remove_all(folder / "run");
            fs::create_directories(folder / "run");
            fs::copy(place, folder / "run", fs::copy_options::recursive);
            write_file(folder / "run" / changed.parent_path().filename() / changed.filename(), bytes);
            file = folder / "run";
        } else {
            write_file(file, bytes);
        }
        std::string detail;
        double seconds = 0;
        const Result result = run([&] { kind.use(file); }, detail, seconds);
        ++counts[static_cast<std::size_t>(result)];
        slowest = std::max(slowest, seconds);
        if (result >= other_error) {
            const fs::path kept = found / (kind_name + "-" + std::to_string(i) + "-" +
                                           result_names[static_cast<std::size_t>(result)] + kind.extension);
            write_file(kept, bytes);
            std::cout << kept.string() << ": " << detail << std::endl;
        }
    }
    fs::remove_all(folder);
    std::printf(
        "%s: %ld files: %ld taken, %ld refused, %ld without memory; found: %ld signals, %ld slow, %ld large, %ld "
        "foreign errors; slowest %.2f s\n",
        kind_name.c_str(), count, counts[taken], counts[refused], counts[no_memory], counts[signalled],
        counts[too_slow], counts[too_large], counts[other_error], slowest);
    return counts[signalled] + counts[too_slow] + counts[too_large] > 0 ? 1 : 0;
}
