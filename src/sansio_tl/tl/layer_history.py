"""The declarations of older layers, as differences from the newest one.

A history is a text. Its declarations are those that the newest layer does not have, each after the layers that have it;
a bare name is one of the newest layer, after the layers that have that:

    layers 158 160-164 166
    ---types---
    158-162,164 user#8f97c628 ... = User;
    163- storyItem
    ---functions---
    158-160 auth.checkPhone ... = auth.CheckedPhone;

So a layer has every declaration of the newest one but those whose name has another text in it, or whose bare name has
layers without it. Ids are left out: each is the CRC-32 of its declaration.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sansio_tl.tl.errors import SchemaError

SECTIONS = ("---types---", "---functions---")
_LINE = re.compile(r"([0-9,-]+) (([A-Za-z][\w.]*)(.*))", re.ASCII)
_DECLARATION = re.compile(r"([A-Za-z][\w.]*)(?:#[0-9a-f]+)? (.*)", re.ASCII)
_COMMENT = re.compile(r"//[^\n]*")


@dataclass(frozen=True, slots=True)
class Layers:
    """A set of layers, as ranges. The last one may be open: `220-`."""

    ranges: tuple[tuple[int, int | None], ...]

    @classmethod
    def parse(cls, text: str) -> Layers:
        """`158-162,164,220-`. Raises SchemaError."""
        ranges: list[tuple[int, int | None]] = []
        for part in text.split(","):
            first, dash, last = part.partition("-")
            if not first.isdecimal() or (last and not last.isdecimal()):
                raise SchemaError(f"invalid layers: {text}")
            ranges.append((int(first), int(last) if last else None if dash else int(first)))
        return cls(tuple(ranges))

    def __contains__(self, layer: int) -> bool:
        return any(first <= layer and (last is None or layer <= last) for first, last in self.ranges)


class LayerHistory:
    """The texts of all layers of which the history knows the declarations."""

    def __init__(self, history: str, newest: str) -> None:
        """`history` as above, `newest` the text of the newest layer. Raises SchemaError."""
        self._newest = newest_lines(newest)
        self._old: dict[str, list[tuple[Layers, str, str]]] = {section: [] for section in SECTIONS}
        self._since: dict[str, dict[str, Layers]] = {section: {} for section in SECTIONS}
        layers: Layers | None = None
        section = ""
        for line in filter(None, map(str.strip, _COMMENT.sub("", history).splitlines())):
            if line.startswith("layers "):
                layers = Layers.parse(",".join(line.split()[1:]))
            elif line in SECTIONS:
                section = line
            elif (found := _LINE.fullmatch(line)) is None or not section:
                raise SchemaError(f"invalid line in a history of layers: {line[:80]}")
            elif found[4]:
                self._old[section].append((Layers.parse(found[1]), found[3], found[2]))
            else:
                self._since[section][found[3]] = Layers.parse(found[1])
        if layers is None:
            raise SchemaError("a history of layers begins with the line: layers ...")
        self.layers = tuple(n for first, last in layers.ranges for n in range(first, (last or first) + 1))
        """The layers that it has, in order; the newest one is not among them."""

    def text(self, layer: int) -> str:
        """The schema text of a layer. Raises KeyError for one that it does not have."""
        if layer not in self.layers:
            raise KeyError(layer)
        lines: list[str] = []
        for section in SECTIONS:
            lines.append(section)
            old = {name: line for layers, name, line in self._old[section] if layer in layers}
            since = self._since[section]
            for name, line in self._newest[section].items():
                if name in old:
                    lines.append(old.pop(name))
                elif name not in since or layer in since[name]:
                    lines.append(line)
            lines += old.values()
        return "\n".join([*lines, f"// LAYER {layer}", ""])


def newest_lines(text: str) -> dict[str, dict[str, str]]:
    """Section -> name -> declaration without its id, of a schema text with one declaration a line."""
    found: dict[str, dict[str, str]] = {section: {} for section in SECTIONS}
    section = SECTIONS[0]
    for line in filter(None, map(str.strip, _COMMENT.sub("", text).splitlines())):
        if line in SECTIONS:
            section = line
        elif (declared := _DECLARATION.fullmatch(line)) is not None:
            found[section][declared[1]] = f"{declared[1]} {declared[2]}"
    return found


def make_history(texts: Mapping[int, str], newest: str, header: Iterable[str] = ()) -> str:
    """The history of these layers, given their texts in the form that `schema_text` writes."""
    known = sorted(texts)
    first = newest_lines(newest)
    lines = {layer: newest_lines(text) for layer, text in texts.items()}
    out = [*header, f"layers {' '.join(_ranges(known, range(known[0], known[-1] + 1)))}"]
    for section in SECTIONS:
        out += ["", section]
        has: dict[str, list[int]] = {}
        for layer in known:
            for line in lines[layer][section].values():
                has.setdefault(line, []).append(layer)
        names = {line: line.partition(" ")[0] for line in has}
        older = [line for line in has if first[section].get(names[line]) != line]
        renamed = {(layer, names[line]) for line in older for layer in has[line]}
        for line in sorted(older, key=lambda each: (names[each].lower(), names[each], has[each])):
            out.append(f"{','.join(_ranges(has[line], known))} {line}")
        for name, line in first[section].items():
            without = [n for n in known if n not in has.get(line, ()) and (n, name) not in renamed]
            if without:
                ranges = _ranges(
                    [*has.get(line, ()), *(n for n in known if (n, name) in renamed)], known, open_end=True
                )
                out.append(f"{','.join(ranges) or f'{known[-1] + 1}-'} {name}")
    return "\n".join([*out, ""])


def _ranges(chosen: Iterable[int], known: Iterable[int], *, open_end: bool = False) -> list[str]:
    """The chosen of the known layers as ranges, each as long as no other known layer interrupts it.

    `open_end`: a range that ends with the last known layer has no end.
    """
    chosen = set(chosen)
    runs: list[list[int]] = []
    running = False
    last = None
    for layer in known:
        last = layer
        if layer not in chosen:
            running = False
        elif running:
            runs[-1].append(layer)
        else:
            runs.append([layer])
            running = True
    return [
        f"{run[0]}-" if open_end and run[-1] == last else str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}"
        for run in runs
    ]
