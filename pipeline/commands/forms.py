"""One call to the Gemini API as a program: a shell script, Python, JavaScript or the JSON body itself.

Whatever a prompt holds stays data: every text goes through the literal of its language, and in the shell script through
a quoted here-document, in which no line of JSON can look like the end. The key is never in a program, only the names of
the variables that hold it.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.draw.gemini import body_of
from pipeline.draw.generators import Call, DrawnPart, Exchange, Picture

API = "https://generativelanguage.googleapis.com"

_JPEG, _PNG = ".jpg", ".png"
_PAID = "Each run is a paid call."

# On by default, and each continuation is another paid request.
_NO_CONTINUATION_PYTHON = "automatic_continuation=False"
_NO_CONTINUATION_NODE = "automaticContinuation: false"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A call, and what a program needs beside it."""

    asset: str
    call: Call
    files: Mapping[bytes, str]
    """For each picture of the call the path of a file that holds exactly its bytes."""
    api_version: str

    @property
    def stem(self) -> str:
        """The name, without ending, of the file that the program saves."""
        return self.asset.replace("/", "-")

    @property
    def saved(self) -> str:
        return self.stem + (_PNG if self.call.model.type == "image/png" else _JPEG)

    @property
    def paths(self) -> tuple[str, ...]:
        """The files in the order in which the call has their pictures."""
        return tuple(self.files[picture.data] for picture in self.call.inline)

    @property
    def instruction(self) -> str:
        return self.call.request.system_instruction.strip()

    @property
    def timeout_ms(self) -> int:
        return round(self.call.timeout_s * 1000)


def as_json(asked: Asked) -> str:
    """The body of the call, references as base64."""
    return json_literal(body_of(asked.call), indent=2) + "\n"


def as_curl(asked: Asked) -> str:
    """A script for a POSIX shell with curl; Python, which is here anyway, takes the picture out of the answer."""
    files = " ".join(map(shlex.quote, asked.paths))
    there = f"for file in {files}; do\n{_IS_THERE}\ndone\n" if files else ""
    answer, saved = shlex.quote(f"{asked.stem}.answer.json"), shlex.quote(asked.saved)
    model = asked.call.request.model
    named = model if model.startswith(("models/", "tunedModels/")) else f"models/{model}"
    address = shlex.quote(f"/{asked.api_version}/{named}:generateContent")
    return f"""\
#!/bin/sh
# The call that `pipeline build` makes for {asked.asset}. {_PAID}
# The key is read from GOOGLE_API_KEY, or from GEMINI_API_KEY where that is not set.
set -eu
key="${{GOOGLE_API_KEY:-${{GEMINI_API_KEY:?set GEMINI_API_KEY}}}}"
base="${{GOOGLE_GEMINI_BASE_URL:-{API}}}"
rm -f {answer}
{there}
refused() {{ [ ! -f {answer} ] || cat {answer} >&2; exit 1; }}
base64_of() {{ printf '"'; base64 <"$1" | tr -d '\\r\\n'; printf '"\\n'; }}

# Descriptor 3 keeps the key out of the list of processes, where everybody could read it.
{{
{_body_for_shell(asked)}}} | curl --silent --show-error --fail-with-body --max-time {asked.call.timeout_s:g} \\
  --config /dev/fd/3 --header 'Content-Type: application/json' --data-binary @- \\
  --output {answer} "${{base%/}}"{address} 3<<HEADER || refused
header = "x-goog-api-key: $key"
HEADER

python3 -c '{_PICK_FROM_ANSWER}' {answer} {saved}
"""


_IS_THERE = '  [ -r "$file" ] || { echo "there is no file $file" >&2; exit 1; }'

_PICK_FROM_ANSWER = """
import base64, json, sys
answer = json.load(open(sys.argv[1], encoding="utf-8"))
candidate = (answer.get("candidates") or [{}])[0]
parts = candidate.get("content", {}).get("parts", [])
pictures = [part["inlineData"]["data"] for part in parts if "inlineData" in part and not part.get("thought")]
if not pictures:
    sys.exit("there is no picture in the answer: see " + sys.argv[1])
open(sys.argv[2], "wb").write(base64.b64decode(pictures[-1]))
print(sys.argv[2])
"""


def _body_for_shell(asked: Asked) -> str:
    """Commands that print the body; the pictures come from their files, so that the script stays short."""
    body = body_of(asked.call)
    slot = "PICTURE"
    parts = [part for content in body["contents"] for part in content["parts"]]
    while slot in json_literal([part.get("text", "") for part in parts]):
        slot += "_"
    for part in parts:
        if "inlineData" in part:
            part["inlineData"]["data"] = slot
    pieces = json_literal(body, indent=2).split(f'"{slot}"')
    # Between a colon and a value JSON allows a line break, which a here-document always ends with.
    commands = [f"cat <<'END_OF_JSON'\n{piece}\nEND_OF_JSON\n" for piece in pieces]
    pictures = [f"base64_of {shlex.quote(file)}\n" for file in asked.paths]
    return "".join(command + picture for command, picture in zip(commands, [*pictures, ""], strict=True))


def as_python(asked: Asked) -> str:
    """A program for Google's Python SDK."""
    contents = [line for exchange in asked.call.history for line in _python_exchange(asked, exchange)]
    contents.append(_python_turn(asked, asked.call.pictures, "PROMPT"))
    texts = [f"PROMPT = {python_text(asked.call.prompt)}\n"]
    if asked.instruction:
        texts.append(f"SYSTEM_INSTRUCTION = {python_text(asked.instruction)}\n")
    return f'''\
"""The call that `pipeline build` makes for {asked.asset}. {_PAID}

It needs the package google-genai, and reads the key from GOOGLE_API_KEY or GEMINI_API_KEY.
"""

{_needs_base64(asked)}from pathlib import Path

from google import genai
from google.genai import types

{"".join(texts)}
client = genai.Client(
    http_options=types.HttpOptions(api_version={asked.api_version!r}, timeout={asked.timeout_ms})
)
response = client.models.generate_content(
    model={asked.call.request.model!r},
    contents=[
{_lines(contents, 8)}
    ],
    config=types.GenerateContentConfig(
{_lines(_python_config(asked), 8)}
    ),
)
pictures = [part.inline_data.data for part in response.parts or [] if part.inline_data and not part.thought]
if not pictures:
    raise SystemExit(f"there is no picture in the answer: {{response}}")
Path({asked.saved!r}).write_bytes(pictures[-1])
print({asked.saved!r})
'''


def _needs_base64(asked: Asked) -> str:
    signed = any(part.signature is not None for exchange in asked.call.history for part in exchange.answer)
    return "import base64\n" if signed else ""


def _python_turn(asked: Asked, pictures: Sequence[Picture], text: str) -> str:
    parts = [
        f"types.Part.from_bytes(data=Path({asked.files[p.data]!r}).read_bytes(), mime_type={p.type!r})"
        for p in pictures
    ]
    return _python_content("user", [*parts, f"types.Part.from_text(text={text})"])


def _python_exchange(asked: Asked, exchange: Exchange) -> list[str]:
    said = _python_turn(asked, exchange.references, repr(exchange.prompt))
    return [said, _python_content("model", [_python_part(asked, part) for part in exchange.answer])]


def _python_content(role: str, parts: Sequence[str]) -> str:
    listed = _lines(parts, 16)
    return f"types.Content(\n            role={role!r},\n            parts=[\n{listed}\n            ],\n        )"


def _python_part(asked: Asked, part: DrawnPart) -> str:
    if (data := part.loaded) is not None:
        file = f"Path({asked.files[data]!r}).read_bytes()"
        fields = [f"inline_data=types.Blob(data={file}, mime_type={part.type!r})"]
    else:
        fields = [f"text={part.text!r}"]
    if part.thought:
        fields.append("thought=True")
    if part.signature is not None:
        fields.append(f"thought_signature=base64.b64decode({part.signature!r})")
    return f"types.Part({', '.join(fields)})"


def _python_config(asked: Asked) -> list[str]:
    request = asked.call.request
    image = [f"aspect_ratio={request.aspect_ratio!r}"]
    if asked.call.model.sends_size:
        image.append(f"image_size={request.image_size!r}")
    config = ['response_modalities=["IMAGE"]', f"image_config=types.ImageConfig({', '.join(image)})"]
    if request.seed is not None:
        config.append(f"seed={request.seed}")
    if asked.instruction:
        config.append("system_instruction=SYSTEM_INSTRUCTION")
    return [*config, _NO_CONTINUATION_PYTHON]


def as_node(asked: Asked) -> str:
    """A program, as an ES module, for Google's JavaScript SDK."""
    contents = [line for exchange in asked.call.history for line in _node_exchange(asked, exchange)]
    contents.append(_node_turn(asked, asked.call.pictures, "prompt"))
    texts = [f"const prompt = {node_text(asked.call.prompt)};\n"]
    if asked.instruction:
        texts.append(f"const systemInstruction = {node_text(asked.instruction)};\n")
    options = json_literal({"apiVersion": asked.api_version, "timeout": asked.timeout_ms})
    return f"""\
// The call that `pipeline build` makes for {asked.asset}. {_PAID}
// It needs the package @google/genai, and reads the key from GOOGLE_API_KEY or GEMINI_API_KEY.
// Run it as an .mjs file, or as it comes: node --input-type=module

import {{ readFileSync, writeFileSync }} from "node:fs";
import {{ GoogleGenAI }} from "@google/genai";

{"".join(texts)}
const picture = (file, mimeType) => ({{ inlineData: {{ mimeType, data: readFileSync(file).toString("base64") }} }});

const ai = new GoogleGenAI({{ httpOptions: {options} }});
const response = await ai.models.generateContent({{
  model: {json_literal(asked.call.request.model)},
  contents: [
{_lines(contents, 4)}
  ],
  config: {{
{_lines(_node_config(asked), 4)}
  }},
}});
const parts = response.candidates?.[0]?.content?.parts ?? [];
const pictures = parts.filter((part) => part.inlineData && !part.thought);
if (pictures.length === 0) throw new Error("there is no picture in the answer: " + JSON.stringify(response));
writeFileSync({json_literal(asked.saved)}, Buffer.from(pictures.at(-1).inlineData.data, "base64"));
console.log({json_literal(asked.saved)});
"""


def _node_turn(asked: Asked, pictures: Sequence[Picture], text: str) -> str:
    parts = [f"picture({json_literal(asked.files[p.data])}, {json_literal(p.type)})" for p in pictures]
    return _node_content("user", [*parts, f"{{ text: {text} }}"])


def _node_exchange(asked: Asked, exchange: Exchange) -> list[str]:
    said = _node_turn(asked, exchange.references, json_literal(exchange.prompt))
    return [said, _node_content("model", [_node_part(asked, part) for part in exchange.answer])]


def _node_content(role: str, parts: Sequence[str]) -> str:
    return f"{{\n      role: {json_literal(role)},\n      parts: [\n{_lines(parts, 8)}\n      ],\n    }}"


def _node_part(asked: Asked, part: DrawnPart) -> str:
    if (data := part.loaded) is not None:
        fields = [f"...picture({json_literal(asked.files[data])}, {json_literal(part.type or '')})"]
    else:
        fields = [f"text: {json_literal(part.text or '')}"]
    if part.thought:
        fields.append("thought: true")
    if part.signature is not None:
        fields.append(f"thoughtSignature: {json_literal(part.signature)}")
    return f"{{ {', '.join(fields)} }}"


def _node_config(asked: Asked) -> list[str]:
    request = asked.call.request
    image = {"aspectRatio": request.aspect_ratio}
    if asked.call.model.sends_size:
        image["imageSize"] = request.image_size
    config = ['responseModalities: ["IMAGE"]', f"imageConfig: {json_literal(image)}"]
    if request.seed is not None:
        config.append(f"seed: {request.seed}")
    if asked.instruction:
        config.append("systemInstruction")
    return [*config, _NO_CONTINUATION_NODE]


FORMS: Mapping[str, Callable[[Asked], str]] = {
    "curl": as_curl,
    "python": as_python,
    "node": as_node,
    "json": as_json,
}


# --- texts as literals ------------------------------------------------------------------------------------------------


_NOT_ASCII = re.compile(r"[^\n -~]")


def json_literal(value: Any, *, indent: int | None = None) -> str:
    """JSON that people can read in any language, and in which nothing that cannot be seen is left as it is."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False)
    return _NOT_ASCII.sub(lambda c: c[0] if c[0].isprintable() else json.dumps(c[0])[1:-1], text)


def python_text(text: str) -> str:
    """A Python literal, a line of the text on each line. `repr` spells out what cannot be seen."""
    lines = text.splitlines(keepends=True) or [""]
    if len(lines) == 1:
        return repr(text)
    return "(\n" + "".join(f"    {line!r}\n" for line in lines) + ")"


def node_text(text: str) -> str:
    """A JavaScript expression, a line of the text on each line."""
    lines = text.split("\n")
    if len(lines) == 1:
        return json_literal(text)
    return "[\n" + "".join(f"  {json_literal(line)},\n" for line in lines) + '].join("\\n")'


def _lines(items: Sequence[str], indent: int) -> str:
    return "\n".join(f"{' ' * indent}{item}," for item in items)
