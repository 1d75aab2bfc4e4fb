/* The floor of a decoder and of an encoder: the part of their work that none of them can leave out.
 *
 * `Program(value)` records the creation of a value as a flat list of steps: an object of this class, a list of so many
 * items, a str of these bytes ... `make(program)` carries them out. It parses nothing, checks nothing and reads no lengths:
 * every size, class and place was recorded. Objects are created by the public C API of CPython, as by the compiled codec.
 *
 * `copy(data)` creates a bytes object of the size of `data` and copies the content: the least that an encoder does.
 *
 * A program holds its own copy of all text, bytes and longs, one after the other, as a message has them.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <structmember.h>

#ifdef Py_GIL_DISABLED
#error "a program is carried out under the GIL"
#endif

typedef enum {
    STEP_STRUCT, /* an object whose slots begin as `blank` has them */
    STEP_LIST,   /* a list of `size` items, which later steps create */
    STEP_LONGS,  /* a list of `size` ints, all of them */
    STEP_INT,
    STEP_FLOAT,
    STEP_ASCII,  /* a str of `size` bytes */
    STEP_TEXT,   /* another str: `size` characters, `largest` tells their width */
    STEP_BYTES,
    STEP_SHARED, /* an object that is not created: None, True, False, a str of one character ... */
} Kind;

/* The slots of a new object of a class: what is not created is there already (None, True, False), the rest is NULL. */
typedef struct {
    PyTypeObject *cls;
    Py_ssize_t n_slots, n_none, n_false, n_true;
    PyObject **slots;
} Blank;

typedef struct {
    uint8_t kind;
    uint32_t parent, slot; /* where the result goes: a slot of the struct or list of this number; 0 is the whole value */
    uint32_t largest;      /* STEP_TEXT */
    Py_ssize_t size;
    union {
        size_t at; /* in the content */
        size_t blank;
        int64_t integer;
        double number;
        PyObject *shared;
    } of;
} Step;

typedef struct {
    PyObject_HEAD
    Step *steps;
    size_t n_steps, room_steps;
    Blank *blanks;
    size_t n_blanks, room_blanks;
    uint8_t *content;
    size_t n_content, room_content;
    PyObject ***places; /* while it is carried out: the slots of each struct and list so far */
    uint32_t n_places;
    bool running;
} Program;

#define MOST ((size_t)1 << 30)

static PyTypeObject ProgramType;

/* -------------------------------------------------------------------------------------------------------- recording */

/* Room for `more` entries of `size` bytes in an array that has `used`. */
static bool reserve(void **array, size_t *room, size_t used, size_t more, size_t size) {
    if (more > MOST / size - used) {
        PyErr_SetString(PyExc_OverflowError, "the value is too large");
        return false;
    }
    if (used + more <= *room) return true;
    size_t larger = (used + more) * 2;
    void *moved = PyMem_Realloc(*array, larger * size);
    if (moved == NULL) {
        PyErr_NoMemory();
        return false;
    }
    *array = moved;
    *room = larger;
    return true;
}

static Step *add_step(Program *self, Kind kind, uint32_t parent, Py_ssize_t slot) {
    if (!reserve((void **)&self->steps, &self->room_steps, self->n_steps, 1, sizeof *self->steps)) return NULL;
    Step *step = &self->steps[self->n_steps++];
    memset(step, 0, sizeof *step);
    step->kind = (uint8_t)kind;
    step->parent = parent;
    step->slot = (uint32_t)slot; /* less than MOST */
    return step;
}

static bool add_content(Program *self, Kind kind, uint32_t parent, Py_ssize_t slot, const void *bytes, Py_ssize_t size) {
    if (!reserve((void **)&self->content, &self->room_content, self->n_content, (size_t)size, 1)) return false;
    Step *step = add_step(self, kind, parent, slot);
    if (step == NULL) return false;
    step->size = size;
    step->of.at = self->n_content;
    if (size > 0) memcpy(self->content + self->n_content, bytes, (size_t)size);
    self->n_content += (size_t)size;
    return true;
}

static bool add_shared(Program *self, uint32_t parent, Py_ssize_t slot, PyObject *value) {
    Step *step = add_step(self, STEP_SHARED, parent, slot);
    if (step != NULL) step->of.shared = Py_NewRef(value);
    return step != NULL;
}

static bool add_text(Program *self, uint32_t parent, Py_ssize_t slot, PyObject *value) {
    Py_ssize_t size;
    const char *bytes = PyUnicode_AsUTF8AndSize(value, &size);
    if (bytes == NULL) return false;
    uint32_t largest = PyUnicode_MAX_CHAR_VALUE(value);
    Py_ssize_t count = PyUnicode_GET_LENGTH(value);
    if (count == 0 || (count == 1 && largest < 256)) return add_shared(self, parent, slot, value); /* there already */
    if (!add_content(self, largest < 128 ? STEP_ASCII : STEP_TEXT, parent, slot, bytes, size)) return false;
    self->steps[self->n_steps - 1].size = count;
    self->steps[self->n_steps - 1].largest = largest;
    return true;
}

static bool add_int(Program *self, uint32_t parent, Py_ssize_t slot, PyObject *value) {
    long long integer = PyLong_AsLongLong(value);
    if (integer == -1 && PyErr_Occurred()) return false;
    Step *step = add_step(self, STEP_INT, parent, slot);
    if (step != NULL) step->of.integer = integer;
    return step != NULL;
}

static inline PyObject **slots_of(PyObject *object) { return (PyObject **)((char *)object + sizeof(PyObject)); }

/* How many slots the objects of a class have; -1 with an exception if they have anything else. */
static Py_ssize_t count_slots(PyTypeObject *cls) {
    PyObject *fields = PyObject_GetAttrString((PyObject *)cls, "__struct_fields__");
    if (fields == NULL) return -1;
    Py_ssize_t count = PyTuple_Check(fields) ? PyTuple_GET_SIZE(fields) : -1, fit = 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *descriptor = PyObject_GetAttr((PyObject *)cls, PyTuple_GET_ITEM(fields, i));
        if (descriptor == NULL) break;
        if (Py_IS_TYPE(descriptor, &PyMemberDescr_Type)) {
            fit += ((PyMemberDescrObject *)descriptor)->d_member->type == T_OBJECT_EX;
        }
        Py_DECREF(descriptor);
    }
    Py_DECREF(fields);
    if (PyErr_Occurred()) return -1;
    if (count < 0 || fit != count || cls->tp_basicsize != (Py_ssize_t)(sizeof(PyObject) + (size_t)count * sizeof(PyObject *)) ||
        cls->tp_itemsize != 0 || cls->tp_dictoffset != 0 || cls->tp_weaklistoffset != 0 ||
        PyType_HasFeature(cls, Py_TPFLAGS_HAVE_GC)) {
        PyErr_Format(PyExc_TypeError, "%s has more than slots for its fields", cls->tp_name);
        return -1;
    }
    return count;
}

static bool is_constant(PyObject *value) { return value == Py_None || value == Py_False || value == Py_True; }

/* The number of the blank of an object; -1 with an exception. Objects with the same constants have one together. */
static Py_ssize_t add_blank(Program *self, PyObject *object) {
    Py_ssize_t count = count_slots(Py_TYPE(object));
    if (count < 0) return -1;
    Blank blank = {.cls = Py_TYPE(object), .n_slots = count, .slots = PyMem_Calloc((size_t)count + 1, sizeof(PyObject *))};
    if (blank.slots == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *value = slots_of(object)[i];
        blank.n_none += value == Py_None;
        blank.n_false += value == Py_False;
        blank.n_true += value == Py_True;
        blank.slots[i] = value != NULL && is_constant(value) ? value : NULL;
    }
    for (size_t i = 0; i < self->n_blanks; i++) {
        if (self->blanks[i].cls == blank.cls &&
            memcmp(self->blanks[i].slots, blank.slots, (size_t)count * sizeof *blank.slots) == 0) {
            PyMem_Free(blank.slots);
            return (Py_ssize_t)i;
        }
    }
    if (!reserve((void **)&self->blanks, &self->room_blanks, self->n_blanks, 1, sizeof blank)) {
        PyMem_Free(blank.slots);
        return -1;
    }
    Py_INCREF(blank.cls);
    self->blanks[self->n_blanks] = blank;
    return (Py_ssize_t)self->n_blanks++;
}

static bool record(Program *self, uint32_t parent, Py_ssize_t slot, PyObject *value);

static bool add_struct(Program *self, uint32_t parent, Py_ssize_t slot, PyObject *value) {
    Py_ssize_t blank = add_blank(self, value);
    Step *step = blank < 0 ? NULL : add_step(self, STEP_STRUCT, parent, slot);
    if (step == NULL) return false;
    step->of.blank = (size_t)blank;
    uint32_t number = ++self->n_places;
    Py_ssize_t count = self->blanks[blank].n_slots;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *item = slots_of(value)[i];
        if (item == NULL) {
            PyErr_SetString(PyExc_TypeError, "a field without a value");
            return false;
        }
        if (!is_constant(item) && !record(self, number, i, item)) return false;
    }
    return true;
}

/* Whether a list has several items, and all of them are ints. */
static bool is_of_ints(PyObject *list) {
    Py_ssize_t count = PyList_GET_SIZE(list), i = 0;
    while (i < count && PyLong_CheckExact(PyList_GET_ITEM(list, i))) i++;
    return count > 0 && i == count;
}

static bool add_longs(Program *self, uint32_t parent, Py_ssize_t slot, PyObject *list) {
    Py_ssize_t count = PyList_GET_SIZE(list);
    if (!add_content(self, STEP_LONGS, parent, slot, NULL, 0)) return false;
    self->steps[self->n_steps - 1].size = count;
    for (Py_ssize_t i = 0; i < count; i++) {
        int64_t integer = PyLong_AsLongLong(PyList_GET_ITEM(list, i));
        if (integer == -1 && PyErr_Occurred()) return false;
        if (!reserve((void **)&self->content, &self->room_content, self->n_content, sizeof integer, 1)) return false;
        memcpy(self->content + self->n_content, &integer, sizeof integer);
        self->n_content += sizeof integer;
    }
    return true;
}

static bool add_list(Program *self, uint32_t parent, Py_ssize_t slot, PyObject *list) {
    if (is_of_ints(list)) return add_longs(self, parent, slot, list);
    Step *step = add_step(self, STEP_LIST, parent, slot);
    if (step == NULL) return false;
    Py_ssize_t count = step->size = PyList_GET_SIZE(list);
    uint32_t number = ++self->n_places;
    for (Py_ssize_t i = 0; i < count; i++) {
        if (PyList_GET_SIZE(list) != count) {
            PyErr_SetString(PyExc_RuntimeError, "the list has changed");
            return false;
        }
        if (!record(self, number, i, PyList_GET_ITEM(list, i))) return false;
    }
    return true;
}

/* The steps that create `value`. */
static bool record(Program *self, uint32_t parent, Py_ssize_t slot, PyObject *value) {
    if (is_constant(value)) return add_shared(self, parent, slot, value);
    if (PyLong_CheckExact(value)) return add_int(self, parent, slot, value);
    if (PyUnicode_CheckExact(value)) return add_text(self, parent, slot, value);
    if (PyBytes_CheckExact(value)) {
        Py_ssize_t size = PyBytes_GET_SIZE(value);
        if (size < 2) return add_shared(self, parent, slot, value); /* there already */
        return add_content(self, STEP_BYTES, parent, slot, PyBytes_AS_STRING(value), size);
    }
    if (PyFloat_CheckExact(value)) {
        Step *step = add_step(self, STEP_FLOAT, parent, slot);
        if (step != NULL) step->of.number = PyFloat_AS_DOUBLE(value);
        return step != NULL;
    }
    if (Py_EnterRecursiveCall(" while recording a value")) return false;
    bool whole = PyList_CheckExact(value) ? add_list(self, parent, slot, value) : add_struct(self, parent, slot, value);
    Py_LeaveRecursiveCall();
    return whole;
}

/* ----------------------------------------------------------------------------------------------------- carrying out */

/* None, False and True are referred to often: their counts are changed once for an object. */
static inline void add_references(PyObject *object, Py_ssize_t n) {
#if PY_VERSION_HEX < 0x030C0000 && !defined(Py_REF_DEBUG)
    Py_SET_REFCNT(object, Py_REFCNT(object) + n);
#else /* immortal, and this is nothing */
    for (; n > 0; n--) Py_INCREF(object);
#endif
}

static inline PyObject *make_struct(const Blank *blank) {
    PyObject *object = (PyObject *)PyObject_New(PyObject, blank->cls);
    if (object == NULL) return NULL;
    if (blank->n_slots > 0) memcpy(slots_of(object), blank->slots, (size_t)blank->n_slots * sizeof *blank->slots);
    add_references(Py_None, blank->n_none);
    add_references(Py_False, blank->n_false);
    add_references(Py_True, blank->n_true);
    return object;
}

static inline PyObject *make_longs(const uint8_t *content, Py_ssize_t count) {
    PyObject *list = PyList_New(count);
    for (Py_ssize_t i = 0; list != NULL && i < count; i++, content += sizeof(int64_t)) {
        int64_t integer;
        memcpy(&integer, content, sizeof integer);
        PyObject *item = PyLong_FromLongLong(integer);
        if (item == NULL) {
            Py_CLEAR(list);
        } else {
            PyList_SET_ITEM(list, i, item);
        }
    }
    return list;
}

static inline PyObject *make_ascii(const uint8_t *content, Py_ssize_t size) {
    PyObject *made = PyUnicode_New(size, 127);
    if (made != NULL) memcpy(PyUnicode_1BYTE_DATA(made), content, (size_t)size);
    return made;
}

/* The next character of UTF-8 that CPython wrote. */
static inline uint32_t next_character(const uint8_t **at) {
    const uint8_t *p = *at;
    uint32_t c = *p;
    if (c < 0x80) {
        *at = p + 1;
        return c;
    }
    if (c < 0xe0) {
        *at = p + 2;
        return (c & 31) << 6 | (p[1] & 63);
    }
    if (c < 0xf0) {
        *at = p + 3;
        return (c & 15) << 12 | (uint32_t)(p[1] & 63) << 6 | (p[2] & 63);
    }
    *at = p + 4;
    return (c & 7) << 18 | (uint32_t)(p[1] & 63) << 12 | (uint32_t)(p[2] & 63) << 6 | (p[3] & 63);
}

static PyObject *make_text(const uint8_t *content, Py_ssize_t count, uint32_t largest) {
    PyObject *made = PyUnicode_New(count, largest);
    if (made == NULL) return NULL;
    if (largest < 0x100) {
        Py_UCS1 *out = PyUnicode_1BYTE_DATA(made);
        for (Py_ssize_t i = 0; i < count; i++) out[i] = (Py_UCS1)next_character(&content);
    } else if (largest < 0x10000) {
        Py_UCS2 *out = PyUnicode_2BYTE_DATA(made);
        for (Py_ssize_t i = 0; i < count; i++) out[i] = (Py_UCS2)next_character(&content);
    } else {
        Py_UCS4 *out = PyUnicode_4BYTE_DATA(made);
        for (Py_ssize_t i = 0; i < count; i++) out[i] = next_character(&content);
    }
    return made;
}

/* The value; NULL with an exception. What is made so far belongs to it at every step, so that it goes with it. */
static PyObject *carry_out(Program *self) {
    PyObject *value = NULL;
    PyObject ***places = self->places;
    uint32_t number = 0;
    const uint8_t *content = self->content;
    places[0] = &value;
    for (const Step *step = self->steps, *end = step + self->n_steps; step < end; step++) {
        PyObject *made = NULL;
        switch ((Kind)step->kind) {
        case STEP_STRUCT:
            made = make_struct(&self->blanks[step->of.blank]);
            if (made != NULL) places[++number] = slots_of(made);
            break;
        case STEP_LIST:
            made = PyList_New(step->size);
            if (made != NULL) places[++number] = ((PyListObject *)made)->ob_item;
            break;
        case STEP_LONGS:
            made = make_longs(content + step->of.at, step->size);
            break;
        case STEP_INT:
            made = PyLong_FromLongLong(step->of.integer);
            break;
        case STEP_FLOAT:
            made = PyFloat_FromDouble(step->of.number);
            break;
        case STEP_ASCII:
            made = make_ascii(content + step->of.at, step->size);
            break;
        case STEP_TEXT:
            made = make_text(content + step->of.at, step->size, step->largest);
            break;
        case STEP_BYTES:
            made = PyBytes_FromStringAndSize((const char *)content + step->of.at, step->size);
            break;
        case STEP_SHARED:
            made = Py_NewRef(step->of.shared);
            break;
        }
        if (made == NULL) {
            Py_CLEAR(value);
            break;
        }
        places[step->parent][step->slot] = made;
    }
    return value;
}

static PyObject *make(PyObject *Py_UNUSED(module), PyObject *argument) {
    if (!Py_IS_TYPE(argument, &ProgramType)) return PyErr_Format(PyExc_TypeError, "make() takes a Program");
    Program *self = (Program *)argument;
    if (self->running) return PyErr_Format(PyExc_RuntimeError, "the program is being carried out");
    self->running = true; /* PyList_New may run the garbage collector, and that any code */
    PyObject *value = carry_out(self);
    self->running = false;
    return value;
}

static PyObject *copy(PyObject *Py_UNUSED(module), PyObject *argument) {
    if (!PyBytes_CheckExact(argument)) return PyErr_Format(PyExc_TypeError, "copy() takes bytes");
    return PyBytes_FromStringAndSize(PyBytes_AS_STRING(argument), PyBytes_GET_SIZE(argument));
}

/* -------------------------------------------------------------------------------------------------------- the module */

static void program_dealloc(PyObject *object) {
    Program *self = (Program *)object;
    for (size_t i = 0; i < self->n_steps; i++) {
        if (self->steps[i].kind == STEP_SHARED) Py_XDECREF(self->steps[i].of.shared);
    }
    for (size_t i = 0; i < self->n_blanks; i++) {
        Py_DECREF(self->blanks[i].cls);
        PyMem_Free(self->blanks[i].slots);
    }
    PyMem_Free(self->steps);
    PyMem_Free(self->blanks);
    PyMem_Free(self->content);
    PyMem_Free(self->places);
    Py_TYPE(object)->tp_free(object);
}

static PyObject *program_new(PyTypeObject *cls, PyObject *arguments, PyObject *keywords) {
    PyObject *value;
    if (keywords != NULL && PyDict_GET_SIZE(keywords) > 0) return PyErr_Format(PyExc_TypeError, "no keyword arguments");
    if (!PyArg_ParseTuple(arguments, "O:Program", &value)) return NULL;
    Program *self = (Program *)cls->tp_alloc(cls, 0);
    if (self == NULL) return NULL;
    if (record(self, 0, 0, value)) {
        self->places = PyMem_Calloc((size_t)self->n_places + 1, sizeof *self->places);
        if (self->places != NULL) return (PyObject *)self;
        PyErr_NoMemory();
    }
    Py_DECREF(self);
    return NULL;
}

static PyTypeObject ProgramType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "floor.Program",
    .tp_basicsize = sizeof(Program),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = program_new,
    .tp_dealloc = program_dealloc,
};

static PyMethodDef functions[] = {
    {"make", make, METH_O, "make(program): the value that it was recorded of, made anew"},
    {"copy", copy, METH_O, "copy(data): bytes of the same content"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "floor",
    .m_doc = "Creates Python objects, and nothing else.",
    .m_size = -1,
    .m_methods = functions,
};

PyMODINIT_FUNC PyInit_floor(void) {
    if (PyType_Ready(&ProgramType) < 0) return NULL;
    PyObject *made = PyModule_Create(&module);
    if (made != NULL && PyModule_AddObjectRef(made, "Program", (PyObject *)&ProgramType) < 0) Py_CLEAR(made);
    return made;
}
