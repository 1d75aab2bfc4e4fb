/* The compiled codec: TL values to bytes and back, by tables that `compiled_codec.py` makes of the declarations.
 *
 * It is optimistic, as the generated functions are. It knows the usual values of a schema and their bytes; whatever else
 * it meets makes it *decline*: the same call is made to the codec in Python, which returns the value or words the error.
 * So values, errors and their texts do not depend on which of the two runs. A function below that declines returns NULL
 * or false without an exception. An exception (no memory, say) has the same effect, as it has in Python.
 *
 * What holds everywhere:
 *
 * - `take` is the only function that reads input bytes, and compares with what is left first. Counts are compared with
 *   what is left before anything is allocated (TL1).
 * - C frames are the only stack that is used. MAX_LEVEL bounds them, beside the limit of the caller (TL4).
 * - Encoding calls no Python code before it has ended, so lists that it walks cannot change meanwhile. Where a class is met
 *   for the first time, it stops, has the class described, and begins again.
 * - Decoding may call Python code (a constructor is met for the first time; PyList_New may run the garbage collector).
 *   Everything that is used afterwards is owned here: the tables of a codec only grow, and their entries stay in place.
 * - Objects are made without calling their class: their slots are filled directly. `add_constructor` accepts only classes
 *   for which that is the same: slots for the fields and nothing else, no GC, no dict, no weak references.
 *
 * Only the public C API of CPython is used, and nothing of msgspec. There is no mutable state outside of the objects.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <structmember.h>

#ifdef Py_GIL_DISABLED
#error "the compiled codec relies on the GIL: on a free-threaded Python use the codec in Python"
#endif

#define VECTOR 0x1cb5c415u
#define BOOL_TRUE 0x997275b5u
#define BOOL_FALSE 0xbc799737u
#define GZIP_PACKED 0x3072cfa1u

/* Constructors and vectors that may be open at a time: less than 200 KB of C stack. What is nested deeper is left to the
 * codec in Python. With the default limits no value of the shipped schema comes to 300. */
#define MAX_LEVEL 500
/* Vectors of vectors of ... in one declared type. */
#define MAX_TYPE_NESTING 8
#define MAX_WORDS 4
/* Output up to this size is collected in a buffer that the codec keeps. */
#define SCRATCH ((size_t)128 << 10)

/* ---------------------------------------------------------------------------------------------------------- tables */

typedef enum {
    OP_INT,
    OP_LONG,
    OP_DOUBLE,
    OP_STRING,
    OP_BYTES,
    OP_BOOL,
    OP_RAW,    /* int128, int256: `number` bytes */
    OP_BOXED,  /* a constructor of the boxed type `number`, announced by its id; of any type if that is 0 */
    OP_BARE,   /* the constructor `name`, without its id */
    OP_VECTOR, /* items of type `item`; `number` is 1 if its id announces it */
    OP_WORD,   /* a flag word: no value of its own */
} Op;

typedef struct Constructor Constructor;

/* The type of a field, of an item or of a result. */
typedef struct Type {
    uint8_t op;
    int32_t number;
    uint64_t least;     /* OP_VECTOR: the least bytes of an item */
    struct Type *item;  /* OP_VECTOR */
    PyObject *name;     /* OP_BARE: a str */
    Constructor *known; /* OP_BARE: the constructor. OP_BOXED: the one that was decoded here last, to be tried first */
    Constructor *given; /* OP_BOXED: the one that was encoded here last. An id can have two classes, so that is another */
} Type;

/* A field in the order of the bytes. */
typedef struct {
    Type type;
    uint32_t mask; /* its bit in the flag word; 0: required */
    uint16_t slot;
    uint8_t word;
} Field;

/* An optional field, as its flag word is computed: a `true` field is True or False, another one None when absent. */
typedef struct {
    uint32_t mask;
    uint16_t slot;
    uint8_t word;
    bool is_true;
} Optional;

struct Constructor {
    uint32_t id;
    int32_t type; /* the number of its boxed type; -1: a function, which no boxed type has */
    bool nested;  /* counts for the depth (TL4) */
    uint8_t n_words;
    uint16_t n_slots, n_fields, n_optionals;
    uint16_t n_none, n_false; /* in `blank` */
    PyTypeObject *cls;
    PyObject **blank; /* the slots of a new object: None and False for what is optional, else NULL. Borrowed */
    Field *fields;
    Optional *optionals;
    uint32_t true_mask[MAX_WORDS];
    uint16_t *true_slots[MAX_WORDS]; /* by bit */
    const Type *result;              /* of a function whose result does not depend on its fields, once it was asked for */
};

/* Constructors by id or by class: open addressing, never more than half full. */
typedef struct {
    Constructor **entries;
    uint32_t mask;
    uint32_t used;
} Table;

/* Strings that are compared by identity. */
typedef struct {
    PyObject *constructor_of, *result_of, *max_depth, *data, *limits, *function, *start, *value;
    PyObject *decode, *encode, *decode_result, *encode_result;
} Names;

typedef struct {
    PyObject_HEAD
    Names names;
    PyObject *pure;     /* the codec in Python */
    PyObject *builder;  /* describes constructors when they are met */
    PyObject *unpack;   /* (data, limits) -> content of gzip_packed, remaining depth */
    PyObject *limits;   /* the default */
    Py_ssize_t max_depth;
    Type anything;
    Constructor **constructors;
    Py_ssize_t n_constructors;
    Type **types;
    Py_ssize_t n_types;
    Table ids, classes;
    uint8_t *scratch;
    unsigned long long declined;
} Walker;

static inline uint32_t hash_id(uint32_t id) { return (id * 2654435761u) >> 12; }

static inline uint32_t hash_class(const PyTypeObject *cls) {
    return (uint32_t)(((uint64_t)(uintptr_t)cls >> 4) * 11400714819323198485ull >> 40);
}

static inline Constructor *find_id(const Table *table, uint32_t id) {
    for (uint32_t at = hash_id(id);; at++) {
        Constructor *c = table->entries[at & table->mask];
        if (c == NULL || c->id == id) return c;
    }
}

static inline Constructor *find_class(const Table *table, const PyTypeObject *cls) {
    for (uint32_t at = hash_class(cls);; at++) {
        Constructor *c = table->entries[at & table->mask];
        if (c == NULL || c->cls == cls) return c;
    }
}

static void table_put(Table *table, Constructor *c, bool by_id) {
    uint32_t at = by_id ? hash_id(c->id) : hash_class(c->cls);
    while (table->entries[at & table->mask] != NULL) at++;
    table->entries[at & table->mask] = c;
}

static bool table_init(Table *table) {
    table->entries = PyMem_Calloc(64, sizeof *table->entries);
    table->mask = 63;
    if (table->entries == NULL) PyErr_NoMemory();
    return table->entries != NULL;
}

static bool table_add(Table *table, Constructor *c, bool by_id) {
    if ((table->used + 1) * 2 > table->mask + 1) {
        uint32_t size = (table->mask + 1) * 2;
        Table larger = {PyMem_Calloc(size, sizeof *larger.entries), size - 1, table->used};
        if (larger.entries == NULL) {
            PyErr_NoMemory();
            return false;
        }
        for (uint32_t i = 0; i <= table->mask; i++) {
            if (table->entries[i] != NULL) table_put(&larger, table->entries[i], by_id);
        }
        PyMem_Free(table->entries);
        *table = larger;
    }
    table_put(table, c, by_id);
    table->used++;
    return true;
}

/* Have Python describe a constructor, by its id, class or name. Takes the reference to `key`. NULL: there is none. */
static Constructor *describe(Walker *self, PyObject *key) {
    if (key == NULL || self->builder == NULL) {
        Py_XDECREF(key);
        return NULL;
    }
    PyObject *found = PyObject_CallMethodOneArg(self->builder, self->names.constructor_of, key);
    Py_DECREF(key);
    if (found == NULL) return NULL;
    Py_ssize_t index = PyLong_AsSsize_t(found);
    Py_DECREF(found);
    return index < 0 || index >= self->n_constructors ? NULL : self->constructors[index];
}

static Constructor *describe_id(Walker *self, uint32_t id) {
    Constructor *c = describe(self, PyLong_FromUnsignedLong(id));
    if (c == NULL || c->id != id) return NULL;
    /* While Python ran, another thread may have put it there. */
    return find_id(&self->ids, id) != NULL || table_add(&self->ids, c, true) ? c : NULL;
}

static Constructor *describe_class(Walker *self, PyTypeObject *cls) {
    Constructor *c = describe(self, Py_NewRef((PyObject *)cls));
    if (c == NULL || c->cls != cls) return NULL;
    return find_class(&self->classes, cls) != NULL || table_add(&self->classes, c, false) ? c : NULL;
}

static Constructor *describe_bare(Walker *self, Type *type) {
    return type->known = describe(self, Py_NewRef(type->name));
}

static inline PyObject **slots_of(PyObject *object) { return (PyObject **)((char *)object + sizeof(PyObject)); }

/* None and False are referred to often: for a large object their counts are changed once. */
static inline void add_references(PyObject *object, Py_ssize_t n) {
#if PY_VERSION_HEX < 0x030C0000 && !defined(Py_REF_DEBUG)
    Py_SET_REFCNT(object, Py_REFCNT(object) + n);
#else /* immortal, and this is nothing */
    for (; n > 0; n--) Py_INCREF(object);
    for (; n < 0; n++) Py_DECREF(object);
#endif
}

static inline unsigned lowest_bit(uint32_t bits) {
#if defined(__GNUC__) || defined(__clang__)
    return (unsigned)__builtin_ctz(bits);
#else
    unsigned n = 0;
    while (!(bits >> n & 1)) n++;
    return n;
#endif
}

/* -------------------------------------------------------------------------------------------------------- decoding */

typedef struct {
    const uint8_t *at, *end;
    Walker *walker;
    int level;
} Input;

static PyObject *decode_fields(Input *in, const Constructor *c, Py_ssize_t depth);

/* The next `size` bytes; NULL if fewer are left. */
static inline const uint8_t *take(Input *in, size_t size) {
    if ((size_t)(in->end - in->at) < size) return NULL;
    const uint8_t *bytes = in->at;
    in->at += size;
    return bytes;
}

static inline uint32_t load32(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t load64(const uint8_t *p) { return (uint64_t)load32(p) | (uint64_t)load32(p + 4) << 32; }

static inline bool take32(Input *in, uint32_t *value) {
    const uint8_t *p = take(in, 4);
    if (p != NULL) *value = load32(p);
    return p != NULL;
}

/* A length in 1 or 4 bytes, the bytes, and padding to a multiple of 4 (TL2). Where it begins does not matter: every value
 * before it takes a multiple of 4 bytes. */
static const uint8_t *take_string(Input *in, size_t *size) {
    const uint8_t *head = take(in, 4);
    if (head == NULL || head[0] == 255) return NULL;
    size_t n = head[0];
    if (n == 254) {
        *size = n = load32(head) >> 8;
        return take(in, (n + 3) & ~(size_t)3);
    }
    *size = n;
    return take(in, n & ~(size_t)3) == NULL ? NULL : head + 1; /* 3 of them, or padding, came with the head */
}

/* Characters of UTF-8 that is not ASCII to `out`, which has a place for each byte that is no continuation; false: that is no
 * UTF-8. The checks are those of RFC 3629: no longer form than needed, no surrogate, nothing above U+10FFFF. One function for
 * each width of characters. */
#define CONTINUES(byte) (((byte) & 0xc0) == 0x80)
#define DEFINE_FROM_UTF8(NAME, CHARACTER)                                                                       \
    static bool NAME(CHARACTER *out, const uint8_t *p, const uint8_t *end) {                                    \
        while (p < end) {                                                                                       \
            uint32_t c = *p;                                                                                    \
            if (c < 0x80) {                                                                                     \
                p++;                                                                                            \
            } else if (c < 0xe0) {                                                                              \
                if (c < 0xc2 || end - p < 2 || !CONTINUES(p[1])) return false;                                  \
                c = (c & 31) << 6 | (p[1] & 63);                                                                \
                p += 2;                                                                                         \
            } else if (c < 0xf0) {                                                                              \
                if (end - p < 3 || !CONTINUES(p[1]) || !CONTINUES(p[2])) return false;                          \
                c = (c & 15) << 12 | (uint32_t)(p[1] & 63) << 6 | (p[2] & 63);                                  \
                if (c < 0x800 || (c >= 0xd800 && c < 0xe000)) return false;                                     \
                p += 3;                                                                                         \
            } else {                                                                                            \
                if (end - p < 4 || !CONTINUES(p[1]) || !CONTINUES(p[2]) || !CONTINUES(p[3])) return false;      \
                c = (c & 15) << 18 | (uint32_t)(p[1] & 63) << 12 | (uint32_t)(p[2] & 63) << 6 | (p[3] & 63);    \
                if (c < 0x10000 || c > 0x10ffff) return false;                                                  \
                p += 4;                                                                                         \
            }                                                                                                   \
            *out++ = (CHARACTER)c;                                                                              \
        }                                                                                                       \
        return true;                                                                                            \
    }
DEFINE_FROM_UTF8(characters_of_1, Py_UCS1)
DEFINE_FROM_UTF8(characters_of_2, Py_UCS2)
DEFINE_FROM_UTF8(characters_of_4, Py_UCS4)

/* Text that is not ASCII. The largest byte tells how wide its characters are: 0xc3 begins the last one below U+0100, and 0xf0
 * the first one above U+FFFF. NULL: that is no UTF-8. */
static PyObject *wide_text(const uint8_t *bytes, size_t size) {
    uint8_t largest = 0;
    size_t count = 0;
    for (size_t i = 0; i < size; i++) {
        largest = bytes[i] > largest ? bytes[i] : largest;
        count += !CONTINUES(bytes[i]);
    }
    if (count < 2) return PyUnicode_DecodeUTF8((const char *)bytes, (Py_ssize_t)size, NULL);
    PyObject *wide = PyUnicode_New((Py_ssize_t)count, largest < 0xc4 ? 0xff : largest < 0xf0 ? 0xffff : 0x10ffff);
    if (wide == NULL) return NULL;
    void *out = PyUnicode_DATA(wide);
    int width = PyUnicode_KIND(wide);
    bool valid = width == PyUnicode_1BYTE_KIND   ? characters_of_1(out, bytes, bytes + size)
                 : width == PyUnicode_2BYTE_KIND ? characters_of_2(out, bytes, bytes + size)
                                                 : characters_of_4(out, bytes, bytes + size);
    if (!valid) Py_CLEAR(wide);
    return wide;
}

/* Text is UTF-8. Servers may cut it inside a character: such text is left to the interpreting codec. */
static PyObject *text(const uint8_t *bytes, size_t size) {
    uint64_t all = 0, eight;
    size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        memcpy(&eight, bytes + i, 8);
        all |= eight;
    }
    for (; i < size; i++) all |= bytes[i];
    if (all & 0x8080808080808080u) return wide_text(bytes, size);
    if (size < 2) return PyUnicode_DecodeUTF8((const char *)bytes, (Py_ssize_t)size, NULL); /* there are objects already */
    PyObject *ascii = PyUnicode_New((Py_ssize_t)size, 127);
    if (ascii != NULL) memcpy(PyUnicode_1BYTE_DATA(ascii), bytes, size);
    return ascii;
}

static PyObject *decode_boxed(Input *in, Type *type, Py_ssize_t depth) {
    uint32_t id;
    if (!take32(in, &id)) return NULL;
    Constructor *c = type->known;
    if (c == NULL || c->id != id) {
        c = find_id(&in->walker->ids, id);
        if (c == NULL && (c = describe_id(in->walker, id)) == NULL) return NULL;
        if (type->number != 0 && c->type != type->number) return NULL;
        type->known = c;
    }
    return decode_fields(in, c, depth);
}

static PyObject *decode_value(Input *in, Type *type, Py_ssize_t depth);

static bool decode_longs(Input *in, PyObject *list, uint32_t count) {
    const uint8_t *bytes = take(in, (size_t)count * 8);
    if (bytes == NULL) return false;
    for (uint32_t i = 0; i < count; i++, bytes += 8) {
        PyObject *item = PyLong_FromLongLong((long long)load64(bytes));
        if (item == NULL) return false;
        PyList_SET_ITEM(list, i, item);
    }
    return true;
}

static bool decode_items(Input *in, PyObject *list, uint32_t count, Type *item_type, Py_ssize_t depth) {
    for (uint32_t i = 0; i < count; i++) {
        PyObject *item = decode_value(in, item_type, depth);
        if (item == NULL) return false;
        PyList_SET_ITEM(list, i, item);
    }
    return true;
}

static PyObject *decode_vector(Input *in, Type *type, Py_ssize_t depth) {
    uint32_t id, count;
    if (type->number == 1 && (!take32(in, &id) || id != VECTOR)) return NULL;
    if (!take32(in, &count) || count > (uint64_t)(in->end - in->at) / type->least) return NULL; /* TL1 */
    if (++in->level > MAX_LEVEL) return NULL;
    PyObject *list = PyList_New((Py_ssize_t)count);
    if (list == NULL) return NULL;
    PyObject_GC_UnTrack(list); /* Python code may run before all items are there: it must not find the list */
    bool whole = type->item->op == OP_LONG ? decode_longs(in, list, count)
                                           : decode_items(in, list, count, type->item, depth);
    if (!whole) {
        Py_DECREF(list);
        return NULL;
    }
    PyObject_GC_Track(list);
    in->level--;
    return list;
}

static PyObject *decode_value(Input *in, Type *type, Py_ssize_t depth) {
    const uint8_t *p;
    size_t size;
    switch ((Op)type->op) {
    case OP_INT:
        return (p = take(in, 4)) == NULL ? NULL : PyLong_FromLong((int32_t)load32(p));
    case OP_LONG:
        return (p = take(in, 8)) == NULL ? NULL : PyLong_FromLongLong((long long)load64(p));
    case OP_DOUBLE: {
        if ((p = take(in, 8)) == NULL) return NULL;
        uint64_t bits = load64(p);
        double value;
        memcpy(&value, &bits, 8);
        return PyFloat_FromDouble(value);
    }
    case OP_STRING:
        return (p = take_string(in, &size)) == NULL ? NULL : text(p, size);
    case OP_BYTES:
        return (p = take_string(in, &size)) == NULL ? NULL : PyBytes_FromStringAndSize((const char *)p, (Py_ssize_t)size);
    case OP_RAW:
        return (p = take(in, (size_t)type->number)) == NULL
                   ? NULL
                   : PyBytes_FromStringAndSize((const char *)p, type->number);
    case OP_BOOL: {
        uint32_t id;
        if (!take32(in, &id) || (id != BOOL_TRUE && id != BOOL_FALSE)) return NULL; /* TL5 */
        return Py_NewRef(id == BOOL_TRUE ? Py_True : Py_False);
    }
    case OP_BOXED:
        return decode_boxed(in, type, depth);
    case OP_BARE: {
        Constructor *c = type->known != NULL ? type->known : describe_bare(in->walker, type);
        return c == NULL ? NULL : decode_fields(in, c, depth);
    }
    case OP_VECTOR:
        return decode_vector(in, type, depth);
    case OP_WORD:
        break;
    }
    return NULL;
}

/* The fields of a constructor, without its id: a new object. */
static PyObject *decode_fields(Input *in, const Constructor *c, Py_ssize_t depth) {
    if (c->nested && depth-- == 0) return NULL; /* TL4 */
    if (++in->level > MAX_LEVEL) return NULL;
    PyObject *object = (PyObject *)PyObject_New(PyObject, c->cls);
    if (object == NULL) return NULL;
    PyObject **slots = slots_of(object);
    if (c->n_slots > 0) memcpy(slots, c->blank, c->n_slots * sizeof *slots);
    add_references(Py_None, c->n_none);
    add_references(Py_False, c->n_false);
    uint32_t words[MAX_WORDS] = {0};
    Py_ssize_t replaced_none = 0, replaced_false = 0;
    bool whole = false;
    Field *field = c->fields, *end = field + c->n_fields;
    for (; field < end; field++) {
        if (field->type.op == OP_WORD) {
            if (!take32(in, &words[field->word])) goto done;
            uint32_t bits = words[field->word] & c->true_mask[field->word]; /* TL6: other bits mean nothing */
            for (; bits != 0; bits &= bits - 1, replaced_false++) {
                slots[c->true_slots[field->word][lowest_bit(bits)]] = Py_True;
            }
            continue;
        }
        if (field->mask != 0 && !(words[field->word] & field->mask)) continue;
        PyObject *value = decode_value(in, &field->type, depth);
        if (value == NULL) goto done;
        replaced_none += field->mask != 0;
        slots[field->slot] = value;
    }
    whole = true;
done:
    add_references(Py_None, -replaced_none);
    add_references(Py_False, -replaced_false);
    add_references(Py_True, replaced_false);
    in->level--;
    if (whole) return object;
    Py_DECREF(object);
    return NULL;
}

/* The value of `type` that fills `size` bytes. */
static PyObject *decode_whole(Walker *self, Type *type, const char *bytes, Py_ssize_t size, Py_ssize_t depth) {
    Input in = {(const uint8_t *)bytes, (const uint8_t *)bytes + size, self, 0};
    PyObject *value = decode_value(&in, type, depth);
    if (value != NULL && in.at != in.end) Py_CLEAR(value); /* TL9 */
    return value;
}

/* The same of what gzip_packed holds, which Python unpacks within its limits (TL8, MS15). */
static PyObject *decode_packed(Walker *self, Type *type, const char *bytes, Py_ssize_t size, PyObject *limits) {
    PyObject *value = NULL, *inner = NULL, *packed = PyBytes_FromStringAndSize(bytes, size);
    if (packed != NULL && self->unpack != NULL) {
        inner = PyObject_CallFunctionObjArgs(self->unpack, packed, limits, NULL);
    }
    if (inner != NULL && PyTuple_Check(inner) && PyTuple_GET_SIZE(inner) == 2 &&
        PyBytes_Check(PyTuple_GET_ITEM(inner, 0))) {
        PyObject *data = PyTuple_GET_ITEM(inner, 0);
        Py_ssize_t depth = PyLong_AsSsize_t(PyTuple_GET_ITEM(inner, 1));
        if (!PyErr_Occurred()) {
            value = decode_whole(self, type, PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data), depth);
        }
    }
    Py_XDECREF(packed);
    Py_XDECREF(inner);
    return value;
}

static bool depth_of(Walker *self, PyObject *limits, Py_ssize_t *depth) {
    *depth = self->max_depth;
    if (limits == self->limits) return true;
    PyObject *given = PyObject_GetAttr(limits, self->names.max_depth);
    if (given == NULL) return false;
    *depth = PyLong_AsSsize_t(given);
    Py_DECREF(given);
    return !PyErr_Occurred();
}

static PyObject *decode_buffer(Walker *self, Type *type, PyObject *data, Py_ssize_t start, PyObject *limits) {
    PyObject *copy = NULL;
    if (limits == NULL) limits = self->limits;
    if (!PyBytes_Check(data)) {
        if (!PyByteArray_Check(data) && !PyMemoryView_Check(data)) return NULL;
        data = copy = PyBytes_FromObject(data);
        if (copy == NULL) return NULL;
    }
    PyObject *value = NULL;
    Py_ssize_t size = start < 0 ? 0 : PyBytes_GET_SIZE(data) - start, depth;
    if (size >= 4 && limits != NULL) {
        const char *bytes = PyBytes_AS_STRING(data) + start;
        if (load32((const uint8_t *)bytes) == GZIP_PACKED) {
            value = decode_packed(self, type, bytes, size, limits);
        } else if (depth_of(self, limits, &depth)) {
            value = decode_whole(self, type, bytes, size, depth);
        }
    }
    Py_XDECREF(copy);
    return value;
}

/* -------------------------------------------------------------------------------------------------------- encoding */

/* Output is collected in `small`, then in the codec's scratch buffer, then in the bytes object that is returned. */
typedef struct {
    uint8_t *bytes;
    size_t used, size;
    Walker *walker;
    PyObject *object;
    PyTypeObject *new_class; /* why it stopped: a class to be described */
    Type *new_bare;
    int level;
    uint8_t small[512];
} Output;

static bool encode_fields(Output *out, const Constructor *c, PyObject *object);

static bool grow(Output *out, size_t more) {
    if (more > (size_t)PY_SSIZE_T_MAX / 4 - out->used) return false;
    size_t needed = out->used + more;
    Walker *walker = out->walker;
    if (out->bytes == out->small && needed <= SCRATCH) {
        if (walker->scratch == NULL && (walker->scratch = PyMem_Malloc(SCRATCH)) == NULL) {
            PyErr_NoMemory();
            return false;
        }
        memcpy(walker->scratch, out->bytes, out->used);
        out->bytes = walker->scratch;
        out->size = SCRATCH;
        return true;
    }
    size_t size = out->size * 2 > needed ? out->size * 2 : needed;
    if (out->object == NULL) {
        if ((out->object = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size)) == NULL) return false;
        memcpy(PyBytes_AS_STRING(out->object), out->bytes, out->used);
    } else if (_PyBytes_Resize(&out->object, (Py_ssize_t)size) < 0) {
        return false;
    }
    out->bytes = (uint8_t *)PyBytes_AS_STRING(out->object);
    out->size = size;
    return true;
}

/* Where the next bytes go, `size` at most: `used` is still to be raised. NULL if there is no memory. */
static inline uint8_t *space(Output *out, size_t size) {
    if (out->size - out->used < size && !grow(out, size)) return NULL;
    return out->bytes + out->used;
}

/* Where the next `size` bytes go. */
static inline uint8_t *put(Output *out, size_t size) {
    uint8_t *p = space(out, size);
    if (p != NULL) out->used += size;
    return p;
}

static inline void store32(uint8_t *p, uint32_t value) {
    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
    p[2] = (uint8_t)(value >> 16);
    p[3] = (uint8_t)(value >> 24);
}

static inline void store64(uint8_t *p, uint64_t value) {
    store32(p, (uint32_t)value);
    store32(p + 4, (uint32_t)(value >> 32));
}

static inline bool put32(Output *out, uint32_t value) {
    uint8_t *p = put(out, 4);
    if (p != NULL) store32(p, value);
    return p != NULL;
}

static inline bool put64(Output *out, uint64_t value) {
    uint8_t *p = put(out, 8);
    if (p != NULL) store64(p, value);
    return p != NULL;
}

/* The length of a string at `p`; where its bytes go (TL2). */
static inline uint8_t *string_head(uint8_t *p, size_t size) {
    if (size < 254) {
        *p = (uint8_t)size;
        return p + 1;
    }
    store32(p, (uint32_t)size << 8 | 254);
    return p + 4;
}

/* Padding after a string that ends at `p`. All output before it is a multiple of 4 bytes. */
static inline void end_string(Output *out, uint8_t *p) {
    while ((p - out->bytes) & 3) *p++ = 0;
    out->used = (size_t)(p - out->bytes);
}

static inline bool put_string(Output *out, const void *bytes, size_t size) {
    if (size >> 24) return false;
    uint8_t *p = space(out, size + 8);
    if (p == NULL) return false;
    p = string_head(p, size);
    memcpy(p, bytes, size);
    end_string(out, p + size);
    return true;
}

/* Characters as UTF-8 to `p`, with room for one byte more; the end of it. NULL: one is a surrogate. One function for each
 * width of characters. */
#define DEFINE_UTF8(NAME, CHARACTER)                                                        \
    static uint8_t *NAME(uint8_t *p, const CHARACTER *characters, Py_ssize_t count) {       \
        for (Py_ssize_t i = 0; i < count; i++) {                                            \
            uint32_t c = characters[i];                                                     \
            if (c < 0x80) {                                                                 \
                *p++ = (uint8_t)c;                                                          \
                const CHARACTER *next = characters + i + 1; /* others of ASCII often follow */ \
                for (; i + 4 < count && (next[0] | next[1] | next[2] | next[3]) < 0x80; i += 4, next += 4) { \
                    *p++ = (uint8_t)next[0];                                                \
                    *p++ = (uint8_t)next[1];                                                \
                    *p++ = (uint8_t)next[2];                                                \
                    *p++ = (uint8_t)next[3];                                                \
                }                                                                           \
            } else if (c < 0x800) {                                                         \
                *p++ = (uint8_t)(0xc0 | c >> 6);                                            \
                *p++ = (uint8_t)(0x80 | (c & 63));                                          \
            } else if (c < 0x10000) {                                                       \
                if (c >= 0xd800 && c < 0xe000) return NULL;                                 \
                *p++ = (uint8_t)(0xe0 | c >> 12);                                           \
                *p++ = (uint8_t)(0x80 | (c >> 6 & 63));                                     \
                *p++ = (uint8_t)(0x80 | (c & 63));                                          \
            } else {                                                                        \
                *p++ = (uint8_t)(0xf0 | c >> 18);                                           \
                *p++ = (uint8_t)(0x80 | (c >> 12 & 63));                                    \
                *p++ = (uint8_t)(0x80 | (c >> 6 & 63));                                     \
                *p++ = (uint8_t)(0x80 | (c & 63));                                          \
            }                                                                               \
        }                                                                                   \
        return p;                                                                           \
    }
DEFINE_UTF8(utf8_of_1, Py_UCS1)
DEFINE_UTF8(utf8_of_2, Py_UCS2)
DEFINE_UTF8(utf8_of_4, Py_UCS4)

/* Text that is not ASCII. It is not asked for its UTF-8: a str keeps that, and would take twice the memory from then on. */
static bool put_wide_text(Output *out, PyObject *value) {
    Py_ssize_t count = PyUnicode_GET_LENGTH(value);
    if ((size_t)count >> 24) return false;
    int kind = PyUnicode_KIND(value);
    size_t longest = (size_t)count * (kind == PyUnicode_1BYTE_KIND ? 2 : kind == PyUnicode_2BYTE_KIND ? 3 : 4);
    uint8_t *head = space(out, longest + 8);
    if (head == NULL) return false;
    uint8_t *p = head + (count < 254 ? 1 : 4), *end;
    const void *characters = PyUnicode_DATA(value);
    if (kind == PyUnicode_1BYTE_KIND) {
        end = utf8_of_1(p, characters, count);
    } else if (kind == PyUnicode_2BYTE_KIND) {
        end = utf8_of_2(p, characters, count);
    } else {
        end = utf8_of_4(p, characters, count);
    }
    if (end == NULL) return false;
    size_t size = (size_t)(end - p);
    if (size >> 24) return false;
    if (size >= 254 && count < 254) memmove(head + 4, p, size); /* longer than it looked */
    end_string(out, string_head(head, size) + size);
    return true;
}

static inline bool put_text(Output *out, PyObject *value) {
    if (!PyUnicode_CheckExact(value)) return false;
#if PY_VERSION_HEX < 0x030C0000
    if (PyUnicode_READY(value) < 0) return false;
#endif
    if (!PyUnicode_IS_ASCII(value)) return put_wide_text(out, value);
    return put_string(out, PyUnicode_1BYTE_DATA(value), (size_t)PyUnicode_GET_LENGTH(value));
}

/* An int of 64 bits, or of fewer. What only can be converted to one is left to the interpreting codec. */
static inline bool as_int64(PyObject *value, int64_t *number) {
    if (!PyLong_Check(value)) return false;
    int overflow;
    *number = PyLong_AsLongLongAndOverflow(value, &overflow);
    return overflow == 0;
}

static bool encode_boxed(Output *out, Type *type, PyObject *value) {
    Constructor *c = type->given;
    if (c == NULL || c->cls != Py_TYPE(value)) {
        c = find_class(&out->walker->classes, Py_TYPE(value));
        if (c == NULL) {
            out->new_class = Py_TYPE(value);
            return false;
        }
        if (type->number != 0 && c->type != type->number) return false;
        type->given = c;
    }
    return put32(out, c->id) && encode_fields(out, c, value);
}

static bool encode_value(Output *out, Type *type, PyObject *value);

static bool encode_longs(Output *out, PyObject *const *items, Py_ssize_t count) {
    if ((size_t)count > (size_t)PY_SSIZE_T_MAX / 32) return false;
    uint8_t *p = put(out, (size_t)count * 8);
    if (p == NULL) return false;
    for (Py_ssize_t i = 0; i < count; i++, p += 8) {
        int64_t number;
        if (!as_int64(items[i], &number)) return false;
        store64(p, (uint64_t)number);
    }
    return true;
}

static bool encode_vector(Output *out, Type *type, PyObject *value) {
    if (!PyList_CheckExact(value) && !PyTuple_CheckExact(value)) return false;
    Py_ssize_t count = PySequence_Fast_GET_SIZE(value);
    PyObject *const *items = PySequence_Fast_ITEMS(value); /* they stay: no Python code runs before the end */
    if ((uint64_t)count > UINT32_MAX || ++out->level > MAX_LEVEL) return false;
    if (type->number == 1 && !put32(out, VECTOR)) return false;
    if (!put32(out, (uint32_t)count)) return false;
    if (type->item->op == OP_LONG) {
        if (!encode_longs(out, items, count)) return false;
    } else {
        for (Py_ssize_t i = 0; i < count; i++) {
            if (!encode_value(out, type->item, items[i])) return false;
        }
    }
    out->level--;
    return true;
}

/* A value must be exactly what is declared (TL10). */
static bool encode_value(Output *out, Type *type, PyObject *value) {
    int64_t number;
    switch ((Op)type->op) {
    case OP_INT:
        return as_int64(value, &number) && number >= INT32_MIN && number <= INT32_MAX && put32(out, (uint32_t)number);
    case OP_LONG:
        return as_int64(value, &number) && put64(out, (uint64_t)number);
    case OP_DOUBLE: {
        double floating;
        if (PyFloat_CheckExact(value)) {
            floating = PyFloat_AS_DOUBLE(value);
        } else {
            if (!PyLong_CheckExact(value) && !PyBool_Check(value)) return false;
            floating = PyLong_AsDouble(value);
            if (floating == -1.0 && PyErr_Occurred()) return false;
        }
        uint64_t bits;
        memcpy(&bits, &floating, 8);
        return put64(out, bits);
    }
    case OP_STRING:
        return put_text(out, value);
    case OP_BYTES:
        return PyBytes_CheckExact(value) && put_string(out, PyBytes_AS_STRING(value), (size_t)PyBytes_GET_SIZE(value));
    case OP_RAW: {
        if (!PyBytes_CheckExact(value) || PyBytes_GET_SIZE(value) != type->number) return false;
        uint8_t *p = put(out, (size_t)type->number);
        if (p != NULL) memcpy(p, PyBytes_AS_STRING(value), (size_t)type->number);
        return p != NULL;
    }
    case OP_BOOL:
        return (value == Py_True || value == Py_False) && put32(out, value == Py_True ? BOOL_TRUE : BOOL_FALSE);
    case OP_BOXED:
        return encode_boxed(out, type, value);
    case OP_BARE:
        if (type->known == NULL) {
            out->new_bare = type;
            return false;
        }
        return Py_TYPE(value) == type->known->cls && encode_fields(out, type->known, value);
    case OP_VECTOR:
        return encode_vector(out, type, value);
    case OP_WORD:
        break;
    }
    return false;
}

/* The flag words of an object: which optional fields are present. The optional fields are ordered by word. */
static bool flag_words(const Constructor *c, PyObject *const *slots, uint32_t *words) {
    const Optional *option = c->optionals, *end = option + c->n_optionals;
    bool wrong = false;
    for (uint8_t word = 0; option < end; word++) {
        uint32_t present = 0, absent = 0;
        for (; option < end && option->word == word; option++) {
            PyObject *value = slots[option->slot];
            bool given = value != (option->is_true ? Py_False : Py_None);
            wrong |= option->is_true & given & (value != Py_True);
            present |= given ? option->mask : 0;
            absent |= given ? 0 : option->mask;
        }
        wrong |= (present & absent) != 0; /* fields that share a bit are all present or all absent */
        words[word] = present;
    }
    return !wrong;
}

/* The fields of a constructor, without its id. */
static bool encode_fields(Output *out, const Constructor *c, PyObject *object) {
    if (++out->level > MAX_LEVEL) return false;
    PyObject *const *slots = slots_of(object);
    uint32_t words[MAX_WORDS] = {0};
    if (c->n_optionals > 0 && !flag_words(c, slots, words)) return false;
    Field *field = c->fields, *end = field + c->n_fields;
    for (; field < end; field++) {
        if (field->type.op == OP_WORD) {
            if (!put32(out, words[field->word])) return false;
            continue;
        }
        if (field->mask != 0 && !(words[field->word] & field->mask)) continue;
        PyObject *value = slots[field->slot];
        if (value == NULL || !encode_value(out, &field->type, value)) return false;
    }
    out->level--;
    return true;
}

static PyObject *finish(Output *out) {
    if (out->object == NULL) return PyBytes_FromStringAndSize((const char *)out->bytes, (Py_ssize_t)out->used);
    PyObject *object = out->object;
    _PyBytes_Resize(&object, (Py_ssize_t)out->used);
    return object;
}

static PyObject *encode_whole(Walker *self, Type *type, PyObject *value) {
    for (;;) {
        Output out;
        out.bytes = out.small;
        out.used = 0;
        out.size = sizeof out.small;
        out.walker = self;
        out.object = NULL;
        out.new_class = NULL;
        out.new_bare = NULL;
        out.level = 0;
        if (encode_value(&out, type, value)) return finish(&out);
        Py_XDECREF(out.object);
        if (PyErr_Occurred()) return NULL;
        /* Now Python code may run. What it describes is known the next time. */
        if (out.new_class != NULL) {
            if (describe_class(self, out.new_class) == NULL) return NULL;
        } else if (out.new_bare != NULL) {
            if (describe_bare(self, out.new_bare) == NULL) return NULL;
        } else {
            return NULL;
        }
    }
}

/* ----------------------------------------------------------------------------------------------------------- calls */

/* Sort arguments by `names`, of which the first `positional` need no keyword. False: Python is to judge them. */
static bool arguments(PyObject *const *args, Py_ssize_t count, PyObject *keywords, PyObject *const *names,
                      Py_ssize_t positional, Py_ssize_t all, PyObject **values) {
    if (count > positional) return false;
    for (Py_ssize_t i = 0; i < all; i++) values[i] = i < count ? args[i] : NULL;
    Py_ssize_t n_keywords = keywords == NULL ? 0 : PyTuple_GET_SIZE(keywords);
    for (Py_ssize_t k = 0; k < n_keywords; k++) {
        Py_ssize_t i = 0;
        while (i < all && names[i] != PyTuple_GET_ITEM(keywords, k)) i++; /* names in code are interned */
        if (i == all || values[i] != NULL) return false;
        values[i] = args[count + k];
    }
    return true;
}

/* The type of a function's result, or of a function class's. */
static Type *result_type(Walker *self, PyObject *function) {
    PyTypeObject *cls = PyType_Check(function) ? (PyTypeObject *)function : Py_TYPE(function);
    Constructor *c = find_class(&self->classes, cls);
    if (c != NULL && c->result != NULL) return (Type *)c->result;
    if (self->builder == NULL) return NULL;
    PyObject *found = PyObject_CallMethodOneArg(self->builder, self->names.result_of, function);
    if (found == NULL) return NULL;
    Py_ssize_t index = PyLong_AsSsize_t(found);
    Py_DECREF(found);
    return index < 0 || index >= self->n_types ? NULL : self->types[index];
}

/* The codec in Python decides, unless what ended the attempt was no ordinary exception. */
static PyObject *decline(Walker *self, PyObject *method, PyObject *const *args, Py_ssize_t count, PyObject *keywords) {
    if (PyErr_Occurred()) {
        if (!PyErr_ExceptionMatches(PyExc_Exception)) return NULL;
        PyErr_Clear();
    }
    self->declined++;
    if (self->pure == NULL) {
        PyErr_SetString(PyExc_ReferenceError, "the codec was collected");
        return NULL;
    }
    PyObject *pure = PyObject_GetAttr(self->pure, method);
    if (pure == NULL) return NULL;
    PyObject *result = PyObject_Vectorcall(pure, args, (size_t)count, keywords);
    Py_DECREF(pure);
    return result;
}

PyDoc_STRVAR(encode_doc, "encode($self, value)\n--\n\nThe bytes of a boxed value. Raises EncodeError, which names the "
                         "invalid field (TL10).");

static PyObject *walker_encode(Walker *self, PyObject *const *args, Py_ssize_t count, PyObject *keywords) {
    PyObject *value, *const names[] = {self->names.value}, *data;
    if (arguments(args, count, keywords, names, 1, 1, &value) && value != NULL) {
        if ((data = encode_whole(self, &self->anything, value)) != NULL) return data;
    }
    return decline(self, self->names.encode, args, count, keywords);
}

PyDoc_STRVAR(decode_doc, "decode($self, data, limits=...)\n--\n\nThe boxed value in `data`, unpacked if it is packed.\n\n"
                         "A constructor that the schema lacks is returned as `Unknown`. Raises DecodeError.");

static PyObject *walker_decode(Walker *self, PyObject *const *args, Py_ssize_t count, PyObject *keywords) {
    PyObject *given[2], *const names[] = {self->names.data, self->names.limits}, *value;
    if (arguments(args, count, keywords, names, 2, 2, given) && given[0] != NULL) {
        if ((value = decode_buffer(self, &self->anything, given[0], 0, given[1])) != NULL) return value;
    }
    return decline(self, self->names.decode, args, count, keywords);
}

PyDoc_STRVAR(encode_result_doc, "encode_result($self, function, value)\n--\n\nThe bytes of a result of `function`: the "
                                "inverse of `decode_result`. Raises EncodeError.");

static PyObject *walker_encode_result(Walker *self, PyObject *const *args, Py_ssize_t count, PyObject *keywords) {
    PyObject *given[2], *const names[] = {self->names.function, self->names.value}, *data;
    if (arguments(args, count, keywords, names, 2, 2, given) && given[0] != NULL && given[1] != NULL) {
        Type *type = result_type(self, given[0]);
        if (type != NULL && (data = encode_whole(self, type, given[1])) != NULL) return data;
    }
    return decline(self, self->names.encode_result, args, count, keywords);
}

PyDoc_STRVAR(decode_result_doc,
             "decode_result($self, function, data, limits=..., *, start=0)\n--\n\nThe answer to `function`, unpacked if "
             "it is packed. Generic functions have their query's type.\n\nIt begins at `start` and fills the rest of "
             "`data`; offsets in errors count from there.\n\nRaises DecodeError; UnknownConstructorError (TL3) keeps the "
             "bytes of the unknown constructor.");

static PyObject *walker_decode_result(Walker *self, PyObject *const *args, Py_ssize_t count, PyObject *keywords) {
    const Names *names = &self->names;
    PyObject *given[4], *const all[] = {names->function, names->data, names->limits, names->start}, *value;
    if (arguments(args, count, keywords, all, 3, 4, given) && given[0] != NULL && given[1] != NULL) {
        Py_ssize_t start = given[3] == NULL ? 0 : PyLong_AsSsize_t(given[3]);
        Type *type = PyErr_Occurred() ? NULL : result_type(self, given[0]);
        if (type != NULL && (value = decode_buffer(self, type, given[1], start, given[2])) != NULL) return value;
    }
    return decline(self, names->decode_result, args, count, keywords);
}

/* -------------------------------------------------------------------------------------------------------- building */

static void free_type(Type *type) {
    if (type->item != NULL) {
        free_type(type->item);
        PyMem_Free(type->item);
    }
    Py_CLEAR(type->name);
}

static void free_constructor(Constructor *c) {
    if (c == NULL) return;
    for (int i = 0; i < c->n_fields; i++) free_type(&c->fields[i].type);
    for (int i = 0; i < MAX_WORDS; i++) PyMem_Free(c->true_slots[i]);
    PyMem_Free(c->fields);
    PyMem_Free(c->optionals);
    PyMem_Free(c->blank);
    Py_XDECREF(c->cls);
    PyMem_Free(c);
}

/* A type from (op, number, least, name, item). */
static bool build_type(Type *type, PyObject *spec, int nesting) {
    int op, number;
    unsigned long long least;
    PyObject *name, *item;
    if (!PyTuple_Check(spec) || nesting > MAX_TYPE_NESTING) {
        PyErr_SetString(PyExc_TypeError, "a type that the compiled codec does not have");
        return false;
    }
    if (!PyArg_ParseTuple(spec, "iiKOO", &op, &number, &least, &name, &item)) return false;
    if (op < 0 || op >= OP_WORD || (op == OP_RAW && number < 0) || (op == OP_VECTOR && least == 0) ||
        (op == OP_BARE && !PyUnicode_Check(name))) {
        PyErr_SetString(PyExc_ValueError, "invalid type");
        return false;
    }
    type->op = (uint8_t)op;
    type->number = number;
    type->least = least;
    if (op == OP_BARE) type->name = Py_NewRef(name);
    if (op != OP_VECTOR) return true;
    if ((type->item = PyMem_Calloc(1, sizeof *type->item)) == NULL) {
        PyErr_NoMemory();
        return false;
    }
    return build_type(type->item, item, nesting + 1);
}

/* The slot of a field: it must be a member of this class that holds an object. */
static int slot_index(PyTypeObject *cls, PyObject *name, int n_slots) {
    PyObject *descriptor = PyObject_GetAttr((PyObject *)cls, name);
    if (descriptor == NULL) return -1;
    Py_ssize_t offset = -1;
    if (Py_IS_TYPE(descriptor, &PyMemberDescr_Type)) {
        const PyMemberDef *member = ((PyMemberDescrObject *)descriptor)->d_member;
        PyTypeObject *of = PyDescr_TYPE(descriptor);
        if (member->type == T_OBJECT_EX && PyType_IsSubtype(cls, of)) {
            offset = member->offset - (Py_ssize_t)sizeof(PyObject);
        }
    }
    Py_DECREF(descriptor);
    if (offset < 0 || offset % (Py_ssize_t)sizeof(PyObject *) || offset / (Py_ssize_t)sizeof(PyObject *) >= n_slots) {
        PyErr_Format(PyExc_TypeError, "%R of %R is no slot", name, cls);
        return -1;
    }
    return (int)(offset / (Py_ssize_t)sizeof(PyObject *));
}

/* Whether objects of the class are a head and slots, and nothing else. */
static bool is_plain(PyTypeObject *cls) {
    size_t size = (size_t)cls->tp_basicsize;
    return !PyType_IS_GC(cls) && cls->tp_itemsize == 0 && cls->tp_dictoffset == 0 && cls->tp_weaklistoffset == 0 &&
           cls->tp_basicsize >= (Py_ssize_t)sizeof(PyObject) && (size - sizeof(PyObject)) % sizeof(PyObject *) == 0 &&
           (size - sizeof(PyObject)) / sizeof(PyObject *) < 1024;
}

/* A `true` field: its bit is its value. */
static bool add_true(Constructor *c, int word, uint32_t mask, uint16_t slot) {
    if (c->true_mask[word] & mask) {
        PyErr_SetString(PyExc_TypeError, "two `true` fields share a bit");
        return false;
    }
    if (c->true_slots[word] == NULL && (c->true_slots[word] = PyMem_Calloc(32, sizeof(uint16_t))) == NULL) {
        PyErr_NoMemory();
        return false;
    }
    c->true_mask[word] |= mask;
    c->true_slots[word][lowest_bit(mask)] = slot;
    c->blank[slot] = Py_False;
    c->n_false++;
    return true;
}

/* An optional field behind those of its flag word and of earlier ones. */
static void add_optional(Constructor *c, Optional optional) {
    Optional *place = c->optionals + c->n_optionals++;
    for (; place > c->optionals && place[-1].word > optional.word; place--) *place = place[-1];
    *place = optional;
}

/* A field from (name, word, mask, type): without a name it is a flag word, without a type a `true`. */
static bool add_field(Constructor *c, PyObject *spec, bool *filled) {
    PyObject *name, *type;
    int word;
    unsigned int mask;
    if (!PyTuple_Check(spec) || !PyArg_ParseTuple(spec, "OiIO", &name, &word, &mask, &type)) {
        if (!PyErr_Occurred()) PyErr_SetString(PyExc_TypeError, "a field is a tuple");
        return false;
    }
    if (word < 0 || word >= MAX_WORDS || (mask & (mask - 1)) != 0) {
        PyErr_SetString(PyExc_ValueError, "invalid flag");
        return false;
    }
    if (name == Py_None) {
        c->fields[c->n_fields].type.op = OP_WORD;
        c->fields[c->n_fields++].word = (uint8_t)word;
        return true;
    }
    int slot = slot_index(c->cls, name, c->n_slots);
    if (slot < 0) return false;
    if (filled[slot]) {
        PyErr_SetString(PyExc_ValueError, "two fields of one slot");
        return false;
    }
    filled[slot] = true;
    if (mask != 0) {
        add_optional(c, (Optional){mask, (uint16_t)slot, (uint8_t)word, type == Py_None});
        if (type == Py_None) return add_true(c, word, mask, (uint16_t)slot);
        c->blank[slot] = Py_None;
        c->n_none++;
    }
    Field *field = &c->fields[c->n_fields++];
    field->mask = mask;
    field->word = (uint8_t)word;
    field->slot = (uint16_t)slot;
    return build_type(&field->type, type, 0);
}

static bool add_fields(Constructor *c, PyObject *specs) {
    size_t count = (size_t)PyTuple_GET_SIZE(specs);
    bool *filled = PyMem_Calloc((size_t)c->n_slots + 1, sizeof *filled);
    c->blank = PyMem_Calloc((size_t)c->n_slots + 1, sizeof *c->blank);
    c->fields = PyMem_Calloc(count + 1, sizeof *c->fields);
    c->optionals = PyMem_Calloc(count + 1, sizeof *c->optionals);
    bool good = filled != NULL && c->blank != NULL && c->fields != NULL && c->optionals != NULL;
    if (!good) PyErr_NoMemory();
    for (size_t i = 0; good && i < count; i++) {
        good = add_field(c, PyTuple_GET_ITEM(specs, (Py_ssize_t)i), filled);
    }
    for (int i = 0; good && i < c->n_slots; i++) {
        if (!filled[i]) {
            PyErr_Format(PyExc_TypeError, "%R has a slot that no field fills", c->cls);
            good = false;
        }
    }
    PyMem_Free(filled);
    return good;
}

PyDoc_STRVAR(add_constructor_doc,
             "Add a constructor: (class, id, number of its type, whether it counts for the depth, number of flag words,\n"
             "fields). Its index. Raises TypeError for a class whose objects cannot be made by filling slots.");

static PyObject *walker_add_constructor(Walker *self, PyObject *args) {
    PyTypeObject *cls;
    unsigned int id;
    int type, nested, n_words;
    PyObject *specs;
    if (!PyArg_ParseTuple(args, "O!IipiO!", &PyType_Type, &cls, &id, &type, &nested, &n_words, &PyTuple_Type, &specs)) {
        return NULL;
    }
    if (!is_plain(cls) || n_words < 0 || n_words > MAX_WORDS || PyTuple_GET_SIZE(specs) > 1024) {
        PyErr_Format(PyExc_TypeError, "%R cannot be compiled", cls);
        return NULL;
    }
    Constructor *c = PyMem_Calloc(1, sizeof *c);
    if (c == NULL) return PyErr_NoMemory();
    c->cls = (PyTypeObject *)Py_NewRef((PyObject *)cls);
    c->id = id;
    c->type = type;
    c->nested = nested != 0;
    c->n_words = (uint8_t)n_words;
    c->n_slots = (uint16_t)(((size_t)cls->tp_basicsize - sizeof(PyObject)) / sizeof(PyObject *));
    if (!add_fields(c, specs)) {
        free_constructor(c);
        return NULL;
    }
    Constructor **larger = PyMem_Realloc(self->constructors, ((size_t)self->n_constructors + 1) * sizeof *larger);
    if (larger == NULL) {
        free_constructor(c);
        return PyErr_NoMemory();
    }
    self->constructors = larger;
    self->constructors[self->n_constructors] = c;
    return PyLong_FromSsize_t(self->n_constructors++);
}

PyDoc_STRVAR(add_type_doc, "Add the type of results: (op, number, least bytes of an item, name, item). Its index.");

static PyObject *walker_add_type(Walker *self, PyObject *spec) {
    Type *type = PyMem_Calloc(1, sizeof *type);
    if (type == NULL) return PyErr_NoMemory();
    Type **larger = NULL;
    if (build_type(type, spec, 0)) {
        larger = PyMem_Realloc(self->types, ((size_t)self->n_types + 1) * sizeof *larger);
        if (larger == NULL) PyErr_NoMemory();
    }
    if (larger == NULL) {
        free_type(type);
        PyMem_Free(type);
        return NULL;
    }
    self->types = larger;
    self->types[self->n_types] = type;
    return PyLong_FromSsize_t(self->n_types++);
}

PyDoc_STRVAR(set_result_doc, "Keep the type of the results of a function: (class, index of the type).");

static PyObject *walker_set_result(Walker *self, PyObject *args) {
    PyTypeObject *cls;
    Py_ssize_t index;
    if (!PyArg_ParseTuple(args, "O!n", &PyType_Type, &cls, &index)) return NULL;
    if (index < 0 || index >= self->n_types) {
        PyErr_SetString(PyExc_IndexError, "no such type");
        return NULL;
    }
    Constructor *c = find_class(&self->classes, cls);
    if (c == NULL && (c = describe_class(self, cls)) == NULL) {
        if (PyErr_Occurred()) return NULL;
        Py_RETURN_NONE;
    }
    c->result = self->types[index];
    Py_RETURN_NONE;
}

/* -------------------------------------------------------------------------------------------------------- the type */

/* The members of Names are strings, one after the other. */
static const char *const name_texts[] = {
    "constructor_of", "result_of", "max_depth", "data",   "limits",        "function",
    "start",          "value",     "decode",    "encode", "decode_result", "encode_result",
};
#define N_NAMES (sizeof name_texts / sizeof *name_texts)
_Static_assert(sizeof(Names) == N_NAMES * sizeof(PyObject *), "each member of Names has its text");

static PyObject *walker_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
    static char *names[] = {"pure", "builder", "unpack", "limits", NULL};
    PyObject *pure, *builder, *unpack, *limits;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "OOOO", names, &pure, &builder, &unpack, &limits)) return NULL;
    const Names *state = PyType_GetModuleState(type);
    if (state == NULL) return NULL;
    Walker *self = (Walker *)type->tp_alloc(type, 0); /* all zeros */
    if (self == NULL) return NULL;
    self->names = *state;
    for (size_t i = 0; i < N_NAMES; i++) Py_INCREF(((PyObject **)&self->names)[i]);
    self->pure = Py_NewRef(pure);
    self->builder = Py_NewRef(builder);
    self->unpack = Py_NewRef(unpack);
    self->limits = Py_NewRef(limits);
    self->anything.op = OP_BOXED;
    PyObject *depth = PyObject_GetAttr(limits, state->max_depth);
    if (depth != NULL) {
        self->max_depth = PyLong_AsSsize_t(depth);
        Py_DECREF(depth);
    }
    if (PyErr_Occurred() || !table_init(&self->ids) || !table_init(&self->classes)) {
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

static int walker_traverse(Walker *self, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->pure);
    Py_VISIT(self->builder);
    Py_VISIT(self->unpack);
    Py_VISIT(self->limits);
    for (Py_ssize_t i = 0; i < self->n_constructors; i++) Py_VISIT(self->constructors[i]->cls);
    return 0;
}

/* The tables stay: a cycle through a class is broken by the class. */
static int walker_clear(Walker *self) {
    Py_CLEAR(self->pure);
    Py_CLEAR(self->builder);
    Py_CLEAR(self->unpack);
    Py_CLEAR(self->limits);
    return 0;
}

static void walker_dealloc(Walker *self) {
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    walker_clear(self);
    for (Py_ssize_t i = 0; i < self->n_constructors; i++) free_constructor(self->constructors[i]);
    for (Py_ssize_t i = 0; i < self->n_types; i++) {
        free_type(self->types[i]);
        PyMem_Free(self->types[i]);
    }
    PyMem_Free(self->constructors);
    PyMem_Free(self->types);
    PyMem_Free(self->ids.entries);
    PyMem_Free(self->classes.entries);
    PyMem_Free(self->scratch);
    for (size_t i = 0; i < N_NAMES; i++) Py_XDECREF(((PyObject **)&self->names)[i]);
    type->tp_free(self);
    Py_DECREF(type);
}

#define CALL(NAME) #NAME, (PyCFunction)(void (*)(void))walker_##NAME, METH_FASTCALL | METH_KEYWORDS, NAME##_doc

static PyMethodDef walker_methods[] = {
    {CALL(encode)},
    {CALL(decode)},
    {CALL(encode_result)},
    {CALL(decode_result)},
    {"add_constructor", (PyCFunction)walker_add_constructor, METH_VARARGS, add_constructor_doc},
    {"add_type", (PyCFunction)walker_add_type, METH_O, add_type_doc},
    {"set_result", (PyCFunction)walker_set_result, METH_VARARGS, set_result_doc},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef walker_members[] = {
    {"declined", T_ULONGLONG, offsetof(Walker, declined), READONLY, "How many calls were left to the codec in Python."},
    {NULL, 0, 0, 0, NULL},
};

PyDoc_STRVAR(walker_doc, "Walker(pure, builder, unpack, limits)\n--\n\nThe compiled codec of one schema.");

static PyType_Slot walker_slots[] = {
    {Py_tp_doc, (void *)walker_doc},       {Py_tp_new, walker_new},         {Py_tp_traverse, walker_traverse},
    {Py_tp_clear, walker_clear},           {Py_tp_dealloc, walker_dealloc}, {Py_tp_methods, walker_methods},
    {Py_tp_members, walker_members},       {0, NULL},
};

static PyType_Spec walker_spec = {
    .name = "sansio_tl.tl._walker.Walker",
    .basicsize = sizeof(Walker),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = walker_slots,
};

static int module_exec(PyObject *module) {
    PyObject **names = PyModule_GetState(module);
    for (size_t i = 0; i < N_NAMES; i++) {
        if ((names[i] = PyUnicode_InternFromString(name_texts[i])) == NULL) return -1;
    }
    PyObject *type = PyType_FromModuleAndSpec(module, &walker_spec, NULL);
    if (type == NULL) return -1;
    int failed = PyModule_AddType(module, (PyTypeObject *)type);
    Py_DECREF(type);
    return failed || PyModule_AddIntConstant(module, "MAX_LEVEL", MAX_LEVEL);
}

static int module_traverse(PyObject *module, visitproc visit, void *arg) {
    PyObject **names = PyModule_GetState(module);
    for (size_t i = 0; names != NULL && i < N_NAMES; i++) Py_VISIT(names[i]);
    return 0;
}

static int module_clear(PyObject *module) {
    PyObject **names = PyModule_GetState(module);
    for (size_t i = 0; names != NULL && i < N_NAMES; i++) Py_CLEAR(names[i]);
    return 0;
}

static void module_free(void *module) { module_clear(module); }

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, module_exec}, {0, NULL}};

static struct PyModuleDef module_def = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "sansio_tl.tl._walker",
    .m_doc = "The compiled codec.",
    .m_size = sizeof(Names),
    .m_methods = NULL,
    .m_slots = module_slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};

PyMODINIT_FUNC PyInit__walker(void) { return PyModuleDef_Init(&module_def); }
