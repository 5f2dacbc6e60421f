// BackupAndRestore: a run that was killed goes on where its last backup was. What a run's state is and when it is kept
// is fit()'s: it knows all callbacks.
#include <markhor/error.hpp>
#include <markhor/model.hpp>

#include "model/backup.hpp"

namespace markhor {
namespace {

class BackupCallback final : public Callback, public RunKeeper {
public:
    BackupCallback(std::filesystem::path file, const callbacks::BackupAndRestoreOptions& options)
        : file_(std::move(file)), options_(options) {
        if (options.save_freq < 0) {
            throw ValueError("BackupAndRestore: save_freq is " + std::to_string(options.save_freq) +
                             "; at least 0 is expected");
        }
    }

    std::optional<RunState> restore(Model& model) override {
        std::error_code failure;
        std::filesystem::create_directories(file_.parent_path(), failure);
        if (failure) {
            throw FileError(file_.parent_path().string() +
                            ": BackupAndRestore cannot make the folder: " + failure.message());
        }
        in_epoch_ = false;
        if (!std::filesystem::exists(file_, failure)) return std::nullopt;
        RunState state = read_backup(file_, backup_variables(model));
        in_epoch_ = state.position.batch != 0;
        return state;
    }
    bool is_due(std::int64_t batches) const override {
        return options_.save_freq > 0 && batches % options_.save_freq == 0;
    }
    void keep(Model& model, const RunState& state) override {
        write_backup(file_, state, backup_variables(model));
        in_epoch_ = state.position.batch != 0;
    }
    void on_train_end(Model&, const Logs&) override {
        if (!options_.delete_checkpoint || in_epoch_) return;
        std::error_code none;
        std::filesystem::remove(file_, none);
    }

private:
    const std::filesystem::path file_;
    const callbacks::BackupAndRestoreOptions options_;
    bool in_epoch_ = false;
};

}  // namespace

CallbackPtr backup_in(const std::filesystem::path& file, const callbacks::BackupAndRestoreOptions& options) {
    return std::make_shared<BackupCallback>(file, options);
}

CallbackPtr callbacks::BackupAndRestore(const std::filesystem::path& backup_dir,
                                        const BackupAndRestoreOptions& options) {
    return backup_in(backup_dir / "training.backup", options);
}

}  // namespace markhor
