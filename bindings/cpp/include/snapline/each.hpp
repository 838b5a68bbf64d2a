/* Many calls at once, with a bound on how many. Needs C++17. */

#ifndef SNAPLINE_EACH_HPP
#define SNAPLINE_EACH_HPP

#include "core.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

namespace snapline {

namespace detail {

/// The result that stands for what a function gives: the result itself, or one of the value.
template <class T>
struct ResultOf {
    using Type = Result<T>;
};

template <class T>
struct ResultOf<Result<T>> {
    using Type = Result<T>;
};

template <class Call, class Item>
using EachResult = typename ResultOf<std::decay_t<std::invoke_result_t<Call&, Item&>>>::Type;

/// What a function gives for an item, with an error of this library as a result.
template <class Call, class Item>
EachResult<Call, Item> result_of(Call& call, Item& item) {
#if SNAPLINE_EXCEPTIONS
    try {
#endif
        if constexpr (std::is_void_v<std::invoke_result_t<Call&, Item&>>) {
            call(item);
            return {};
        } else {
            return call(item);
        }
#if SNAPLINE_EXCEPTIONS
    } catch (const Error& error) {
        return Error(error);
    }
#endif
}

/// Items of one each(), and the results that nobody has told yet.
template <class Call, class Item>
class Each {
public:
    using Outcome = EachResult<Call, Item>;

    Each(std::vector<Item*> items, Call& call) : items_(std::move(items)), call_(call) {}

    /// Makes call after call until no item is left.
    void work() {
        for (;;) {
            std::size_t index = 0;
            {
                const std::lock_guard<std::mutex> lock(mutex_);
                if (stopped_ || next_ == items_.size()) return;
                index = next_++;
            }
#if SNAPLINE_EXCEPTIONS
            try {
                finish(index, result_of(call_, *items_[index]));
            } catch (...) {
                const std::lock_guard<std::mutex> lock(mutex_);
                if (!thrown_) thrown_ = std::current_exception();
                ++lost_;
                stopped_ = true;
                finished_.notify_one();
            }
#else
            finish(index, result_of(call_, *items_[index]));
#endif
        }
    }

    /// Begins no more calls; those under way go on to their end.
    void stop() noexcept {
        const std::lock_guard<std::mutex> lock(mutex_);
        stopped_ = true;
    }

    /// Tells every result, as each comes in; at last throws what a call threw that is no Error.
    template <class Done>
    void tell(Done& done) {
        for (std::size_t told = 0; told < items_.size();) {
            std::vector<std::pair<std::size_t, Outcome>> now;
            {
                std::unique_lock<std::mutex> lock(mutex_);
                finished_.wait(lock, [&] { return !results_.empty() || (thrown_ && told + lost_ == next_); });
                now.swap(results_);
            }
            if (now.empty()) break;
            told += now.size();
            for (auto& [index, result] : now) done(*items_[index], std::move(result));
        }
#if SNAPLINE_EXCEPTIONS
        if (thrown_) std::rethrow_exception(thrown_);
#endif
    }

private:
    void finish(std::size_t index, Outcome result) {
        const std::lock_guard<std::mutex> lock(mutex_);
        results_.emplace_back(index, std::move(result));
        finished_.notify_one();
    }

    std::vector<Item*> items_;
    Call& call_;
    std::mutex mutex_;
    std::condition_variable finished_;
    std::vector<std::pair<std::size_t, Outcome>> results_;
    std::size_t next_ = 0;
    std::size_t lost_ = 0;
    bool stopped_ = false;
    std::exception_ptr thrown_;
};

/// The threads of one each(): joined whatever happens, and then no call is under way any more.
template <class Work>
class Workers {
public:
    Workers(Work& work, std::size_t count) : work_(work) {
        threads_.reserve(count);
        while (threads_.size() < count && begin()) {
        }
    }
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;
    ~Workers() {
        work_.stop();
        for (auto& thread : threads_) thread.join();
    }

    bool empty() const noexcept { return threads_.empty(); }

private:
    /// A system that has no thread left has some of the others, or does with the one that asks.
    bool begin() {
#if SNAPLINE_EXCEPTIONS
        try {
            threads_.emplace_back([this] { work_.work(); });
        } catch (const std::system_error&) {
            return false;
        }
#else
        threads_.emplace_back([this] { work_.work(); });
#endif
        return true;
    }

    Work& work_;
    std::vector<std::thread> threads_;
};

}  // namespace detail

/// Makes a call for each item, at most `parallel` of them at once, and tells each result as it is there.
///
/// `call` gets an item and gives a value, nothing, or a Result of one; it runs on several threads at once, so what it
/// shares must bear that, as a client does. `done` gets the item and a Result, with what the call gave or the Error
/// that it gave or threw: on the thread that calls this, one at a time, in the order in which they finish. An error
/// stops no other call. Anything else that is thrown leaves this once the calls under way have ended, those told where
/// `call` threw it; no more begin then.
///
/// `items` is a range whose items stay where they are, such as a vector. 0 in `parallel` counts as 1.
template <class Items, class Call, class Done>
void each(Items&& items, std::size_t parallel, Call call, Done done) {
    static_assert(std::is_lvalue_reference_v<decltype(*std::begin(items))>, "the items must stay where they are");
    using Item = std::remove_reference_t<decltype(*std::begin(items))>;
    std::vector<Item*> places;
    for (auto& item : items) places.push_back(&item);
    const std::size_t count = std::min(std::max<std::size_t>(parallel, 1), places.size());
    detail::Each<Call, Item> all(std::move(places), call);
    const detail::Workers<detail::Each<Call, Item>> workers(all, count);
    if (workers.empty()) all.work();
    all.tell(done);
}

}  // namespace snapline

#endif
