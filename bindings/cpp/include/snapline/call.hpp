/* What generated resources and models are made of: calls, and getters of objects and lists. */

#ifndef SNAPLINE_CALL_HPP
#define SNAPLINE_CALL_HPP

#include "core.hpp"

namespace snapline {

namespace detail {

/// A text that the C library gave away.
inline std::string take(char* owned) {
    const Handle<snapline_string_free> text(owned);
    return std::string(view(text.get()));
}

/// The bytes that the C library gave away.
inline std::string take(snapline_bytes* owned) {
    const Handle<snapline_bytes_free> bytes(owned);
    return std::string(reinterpret_cast<const char*>(snapline_bytes_data(bytes.get())),
                       snapline_bytes_length(bytes.get()));
}

/// Where bytes for the C library begin.
inline const std::uint8_t* first(const std::string& bytes) noexcept {
    return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

/// What the C library gives for a T, where T tells.
template <class T>
struct Given {
    using Type = typename T::Owned;
};

template <>
struct Given<void> {
    using Type = void;
};

template <>
struct Given<std::string> {
    using Type = char;
};

/// What the C library gives NULL for where there is nothing.
template <class T>
struct Given<std::optional<T>> {
    using Type = typename Given<T>::Type;
};

template <class T>
struct Maybe : std::false_type {};

template <class T>
struct Maybe<std::optional<T>> : std::true_type {};

template <class T, class Out>
T taken(Out* out) {
    if constexpr (Maybe<T>::value) {
        return out == nullptr ? T() : T(taken<typename T::value_type>(out));
    } else if constexpr (std::is_same_v<T, std::string>) {
        return take(out);
    } else {
        return T(out);
    }
}

/// Carries polls from the C library to a function; what that throws waits here until the call is over.
class Watch {
public:
    explicit Watch(PollFunction function) : function_(std::move(function)) {}

    static bool poll(void* self, const char* status, std::uint32_t polls) noexcept {
        auto& watch = *static_cast<Watch*>(self);
#if SNAPLINE_EXCEPTIONS
        try {
            return watch.function_(optional_view(status), polls);
        } catch (...) {
            watch.thrown_ = std::current_exception();
            return false;
        }
#else
        return watch.function_(optional_view(status), polls);
#endif
    }

    void rethrow() const {
#if SNAPLINE_EXCEPTIONS
        if (thrown_) std::rethrow_exception(thrown_);
#endif
    }

private:
    PollFunction function_;
    std::exception_ptr thrown_;
};

/// What a call in the background holds on to, and how it tells its outcome.
template <class T, class Done>
struct Later {
    Done done;
    std::shared_ptr<Watch> watch;

    template <class Out>
    static void give(void* user_data, snapline_status status, Out* out, snapline_error* error) noexcept {
        const std::unique_ptr<Later> later(static_cast<Later*>(user_data));
        later->done(status == SNAPLINE_OK ? Result<T>(taken<T>(out)) : Result<T>(Error(error)));
    }

    static void end(void* user_data, snapline_status status, snapline_error* error) noexcept {
        const std::unique_ptr<Later> later(static_cast<Later*>(user_data));
        later->done(status == SNAPLINE_OK ? Result<void>() : Result<void>(Error(error)));
    }
};

/// One call: what goes in, how it is made, and what comes out.
class Call : public Input {
public:
    explicit Call(const CallOptions& options) : options_(make_options(options, *this)) {}

    explicit Call(const WaitOptions& options) : options_(make_options(options, *this)) {
        if (!options.on_poll) return;
        watch_ = std::make_shared<Watch>(options.on_poll);
        snapline_options_set_on_poll(options_.get(), &Watch::poll, watch_.get());
    }

    /// Sends a request. Out is what the C library gives.
    template <class T, class Out = typename Given<T>::Type, class Function, class... Inputs>
    Result<T> send(Response* response, Function function, Inputs... inputs) {
        if (error()) return *error();
        snapline_response* received = nullptr;
        snapline_response** place = response == nullptr ? nullptr : &received;
        snapline_error* failed = nullptr;
        if constexpr (std::is_void_v<T>) {
            if (function(inputs..., options_.get(), place, &failed) != SNAPLINE_OK) return Error(failed);
            if (response != nullptr) *response = Response(received);
            return {};
        } else {
            Out* out = nullptr;
            if (function(inputs..., options_.get(), &out, place, &failed) != SNAPLINE_OK) return Error(failed);
            if (response != nullptr) *response = Response(received);
            return taken<T>(out);
        }
    }

    /// Begins a walk.
    template <class T, class Function, class... Inputs>
    Result<T> walk(Function function, Inputs... inputs) {
        if (error()) return *error();
        typename Given<T>::Type* out = nullptr;
        snapline_error* failed = nullptr;
        if (function(inputs..., options_.get(), &out, &failed) != SNAPLINE_OK) return Error(failed);
        return T(out);
    }

    /// Waits. What the polled function threw goes before the error that it led to.
    template <class T, class Function, class... Inputs>
    Result<T> wait(Function function, Inputs... inputs) {
        if (error()) return *error();
        snapline_error* failed = nullptr;
        if constexpr (std::is_void_v<T>) {
            if (function(inputs..., options_.get(), &failed) != SNAPLINE_OK) return stopped(failed);
            return {};
        } else {
            typename Given<T>::Type* out = nullptr;
            if (function(inputs..., options_.get(), &out, &failed) != SNAPLINE_OK) return stopped(failed);
            return taken<T>(out);
        }
    }

    /// Begins a call in the background, which owns `done` from then on.
    template <class T, class Out = typename Given<T>::Type, class Done, class Function, class... Inputs>
    Result<void> start(Done done, Function function, Inputs... inputs) {
        using Pending = Later<T, Done>;
        if (error()) return *error();
        std::unique_ptr<Pending> later(new Pending{std::move(done), watch_});
        snapline_error* failed = nullptr;
        snapline_status status = SNAPLINE_OK;
        if constexpr (std::is_void_v<T>) {
            status = function(inputs..., options_.get(), &Pending::end, later.get(), &failed);
        } else {
            auto* const give = &Pending::template give<Out>;
            status = function(inputs..., options_.get(), give, later.get(), &failed);
        }
        if (status != SNAPLINE_OK) return Error(failed);
        static_cast<void>(later.release());
        return {};
    }

private:
    Error stopped(snapline_error* failed) const {
        Error error(failed);
        if (watch_ != nullptr) watch_->rethrow();
        return error;
    }

    Handle<snapline_options_free> options_;
    std::shared_ptr<Watch> watch_;
};

/// A getter of texts: its length tells of a NUL inside.
template <class T>
std::string_view text(const T* of, const char* (*get)(const T*), std::size_t (*length)(const T*)) noexcept {
    const char* text = get(of);
    return text == nullptr ? std::string_view() : std::string_view(text, length(of));
}

template <class T>
std::optional<std::string_view> optional_text(const T* of, const char* (*get)(const T*),
                                              std::size_t (*length)(const T*)) noexcept {
    const char* text = get(of);
    if (text == nullptr) return std::nullopt;
    return std::string_view(text, length(of));
}

template <class T>
std::optional<Timestamp> optional_time(const T* of, const char* (*get)(const T*),
                                       bool (*nanoseconds)(const T*, std::int64_t*)) noexcept {
    const char* text = get(of);
    if (text == nullptr) return std::nullopt;
    std::int64_t at = 0;
    if (!nanoseconds(of, &at)) return Timestamp(text, std::nullopt);
    return Timestamp(text, at);
}

template <class T>
Timestamp time(const T* of, const char* (*get)(const T*), bool (*nanoseconds)(const T*, std::int64_t*)) noexcept {
    return optional_time(of, get, nanoseconds).value_or(Timestamp({}, std::nullopt));
}

template <class T>
std::optional<StringOrInteger> optional_either(const T* of, const char* (*get)(const T*),
                                               bool (*integer)(const T*, std::int64_t*)) {
    const char* text = get(of);
    if (text == nullptr) return std::nullopt;
    std::int64_t number = 0;
    if (integer(of, &number)) return StringOrInteger(number);
    return StringOrInteger(text);
}

template <class T>
StringOrInteger either(const T* of, const char* (*get)(const T*), bool (*integer)(const T*, std::int64_t*)) {
    return optional_either(of, get, integer).value_or(StringOrInteger(""));
}

/// A number or a flag, if it is there.
template <class T, class Value>
std::optional<Value> optional(const T* of, bool (*has)(const T*), Value (*get)(const T*)) noexcept {
    if (!has(of)) return std::nullopt;
    return get(of);
}

/// A part, if it is there.
template <class View, class T, class Part>
std::optional<View> optional_part(const T* of, const Part* (*get)(const T*)) noexcept {
    const Part* part = get(of);
    if (part == nullptr) return std::nullopt;
    return View(part);
}

/// What the C library gives for an item of a list.
template <class Item, class = void>
struct Received {
    using Type = const typename Item::Borrowed*;
};

template <>
struct Received<std::string_view> {
    using Type = const char*;
};

template <class Item>
struct Received<Item, std::enable_if_t<std::is_arithmetic_v<Item>>> {
    using Type = Item;
};

/// Walks something by an index.
template <class Sequence, class Item>
class IndexIterator {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Item;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = Item;

    IndexIterator(const Sequence* of, std::size_t index) noexcept : of_(of), index_(index) {}
    Item operator*() const { return (*of_)[index_]; }
    IndexIterator& operator++() noexcept {
        ++index_;
        return *this;
    }
    IndexIterator operator++(int) noexcept {
        auto before = *this;
        ++index_;
        return before;
    }
    friend bool operator==(const IndexIterator& a, const IndexIterator& b) noexcept { return a.index_ == b.index_; }
    friend bool operator!=(const IndexIterator& a, const IndexIterator& b) noexcept { return !(a == b); }

private:
    const Sequence* of_;
    std::size_t index_;
};

/// What every view of an object has.
template <class T, auto ToJson>
class Object {
public:
    using Borrowed = T;

    explicit Object(const T* borrowed) noexcept : handle_(borrowed) {}

    /// The object as JSON, with the service's names.
    Result<std::string> try_to_json() const {
        char* text = nullptr;
        snapline_error* error = nullptr;
        if (ToJson(handle_, &text, &error) != SNAPLINE_OK) return Error(error);
        return take(text);
    }

#if SNAPLINE_EXCEPTIONS
    /// As try_to_json, or throws.
    std::string to_json() const { return try_to_json().value(); }
#endif

    /// The handle of the C library, still borrowed.
    const T* handle() const noexcept { return handle_; }

protected:
    const T* handle_;
};

/// What a function of an object gives that asks no service: a text, made of the arguments behind the object.
template <class Function, class T, class... Given>
Result<std::string> helped(Function function, const T* handle, Given... given) {
    char* text = nullptr;
    snapline_error* error = nullptr;
    if (function(handle, given..., &text, &error) != SNAPLINE_OK) return Error(error);
    return take(text);
}

}  // namespace detail

/// A list inside an object, borrowed from it. Given is what the C library has for an item.
template <class Item, class T, class Given = typename detail::Received<Item>::Type>
class ListView {
public:
    using iterator = detail::IndexIterator<ListView, Item>;
    using const_iterator = iterator;
    using Count = std::size_t (*)(const T*);
    using At = Given (*)(const T*, std::size_t);
    using Length = std::size_t (*)(const T*, std::size_t);

    ListView(const T* of, Count count, At at, Length length = nullptr) noexcept
        : of_(of), count_(count), at_(at), length_(length) {}

    /// How many items there are.
    std::size_t size() const noexcept { return count_(of_); }
    /// Whether there are none.
    bool empty() const noexcept { return size() == 0; }

    /// The item at an index below size().
    Item operator[](std::size_t index) const {
        if constexpr (std::is_same_v<Item, std::string_view>) {
            // A text in a list of any values may hold a NUL, so its length is read as well.
            return length_ == nullptr ? detail::view(at_(of_, index)) : Item(at_(of_, index), length_(of_, index));
        } else {
            return static_cast<Item>(at_(of_, index));
        }
    }

    /// The first one, for a range-based for loop.
    iterator begin() const noexcept { return iterator(this, 0); }
    /// Where a loop ends.
    iterator end() const noexcept { return iterator(this, size()); }

private:
    const T* of_;
    Count count_;
    At at_;
    Length length_;
};

/// An object that is freed with this. Move it; it is not copied.
template <class View, auto Free, auto FromJson>
class OwnedObject : public View {
public:
    using Owned = typename View::Borrowed;

    /// Takes over an object of the C library.
    explicit OwnedObject(Owned* owned) noexcept : View(owned), owned_(owned) {}
    OwnedObject(OwnedObject&& other) noexcept : View(other), owned_(std::move(other.owned_)) {
        other.handle_ = nullptr;
    }
    OwnedObject& operator=(OwnedObject&& other) noexcept {
        owned_ = std::move(other.owned_);
        this->handle_ = owned_.get();
        other.handle_ = other.owned_.get();
        return *this;
    }

    /// Makes one from JSON with the service's names.
    static Result<OwnedObject> try_from_json(const std::string& json) {
        detail::Input input;
        const char* text = input.text(json, "json");
        if (input.error()) return *input.error();
        Owned* out = nullptr;
        snapline_error* error = nullptr;
        if (FromJson(text, &out, &error) != SNAPLINE_OK) return Error(error);
        return OwnedObject(out);
    }

#if SNAPLINE_EXCEPTIONS
    /// As try_from_json, or throws.
    static OwnedObject from_json(const std::string& json) { return try_from_json(json).value(); }
#endif

private:
    detail::Handle<Free> owned_;
};

/// Items that a call returned, which are freed with this.
template <class Item, auto Count, auto At, auto Free>
class OwnedList {
public:
    using Owned = typename detail::Handle<Free>::Type;
    using iterator = detail::IndexIterator<OwnedList, Item>;
    using const_iterator = iterator;

    explicit OwnedList(Owned* owned) noexcept : handle_(owned) {}

    /// How many items there are.
    std::size_t size() const noexcept { return Count(handle_.get()); }
    /// Whether there are none.
    bool empty() const noexcept { return size() == 0; }

    /// The item at an index below size(), borrowed from the list.
    Item operator[](std::size_t index) const { return Item(At(handle_.get(), index)); }

    /// The first one, for a range-based for loop.
    iterator begin() const noexcept { return iterator(this, 0); }
    /// Where a loop ends.
    iterator end() const noexcept { return iterator(this, size()); }

    /// The handle of the C library.
    const Owned* handle() const noexcept { return handle_.get(); }

private:
    detail::Handle<Free> handle_;
};

/// One page of a list; each item is borrowed from it.
template <class Item, auto Count, auto At, auto Number, auto Next, auto Total, auto Free>
class Page : public OwnedList<Item, Count, At, Free> {
public:
    using Page::OwnedList::OwnedList;

    /// The number of this page, from 1; where the list goes by how many items stand before a page, that; 0 where it goes by
    /// a cursor.
    std::uint64_t number() const noexcept { return Number(this->handle()); }

    /// The same of the next page; nothing if this is the last one, and where the list goes by a cursor.
    std::optional<std::uint64_t> next_page() const noexcept {
        const std::uint64_t next = Next(this->handle());
        if (next == 0) return std::nullopt;
        return next;
    }

    /// How many items all pages have together, if the service says so.
    std::optional<std::int64_t> total() const noexcept {
        const std::int64_t total = Total(this->handle());
        if (total < 0) return std::nullopt;
        return total;
    }
};

/// One page of a list that goes by a cursor.
template <class Item, auto Count, auto At, auto Number, auto Next, auto Total, auto Free, auto Cursor>
class CursorPage : public Page<Item, Count, At, Number, Next, Total, Free> {
public:
    using CursorPage::Page::Page;

    /// The cursor of the next page, borrowed from this one; nothing if this is the last one.
    std::optional<std::string_view> next_cursor() const noexcept {
        const char* cursor = Cursor(this->handle());
        if (cursor == nullptr) return std::nullopt;
        return cursor;
    }
};

/// All items of a list, page by page; pages are fetched as they are needed. One walk, by one thread.
template <class Item, auto Next, auto Free>
class Items {
public:
    using Owned = typename detail::Handle<Free>::Type;

    explicit Items(Owned* owned) noexcept : handle_(owned) {}

    /// The next item, borrowed until the one after; nothing behind the last.
    Result<std::optional<Item>> try_next() {
        const typename Item::Borrowed* item = nullptr;
        snapline_error* error = nullptr;
        if (Next(handle_.get(), &item, &error) != SNAPLINE_OK) return Error(error);
        if (item == nullptr) return std::optional<Item>();
        return std::optional<Item>(Item(item));
    }

#if SNAPLINE_EXCEPTIONS
    /// As try_next, or throws.
    std::optional<Item> next() { return std::move(try_next()).value(); }

    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = Item;
        using difference_type = std::ptrdiff_t;
        using pointer = const Item*;
        using reference = const Item&;

        iterator() = default;
        explicit iterator(Items* of) : of_(of) { ++*this; }
        const Item& operator*() const noexcept { return *item_; }
        const Item* operator->() const noexcept { return &*item_; }
        iterator& operator++() {
            item_ = of_->next();
            if (!item_) of_ = nullptr;
            return *this;
        }
        void operator++(int) { ++*this; }
        friend bool operator==(const iterator& a, const iterator& b) noexcept { return a.of_ == b.of_; }
        friend bool operator!=(const iterator& a, const iterator& b) noexcept { return !(a == b); }

    private:
        Items* of_ = nullptr;
        std::optional<Item> item_;
    };

    /// Fetches the first page; an item is borrowed until the iterator moves on.
    iterator begin() { return iterator(this); }
    /// Where a loop ends.
    iterator end() noexcept { return iterator(); }
#endif

private:
    detail::Handle<Free> handle_;
};

}  // namespace snapline

#endif
