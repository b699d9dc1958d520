"""The Gemini API through Google's own SDK: one call, one HTTP request, one answer.  [door: google.genai, httpx2]

The SDK is used for what it knows best (addresses, credentials, Vertex AI, spelling of requests) and kept from all that
could spend money unseen: its retries and its continuation of an answer are off, and the HTTP client under it is ours.
With a client of ours it never takes aiohttp, whose path sends a request again after a disconnect. Our client follows no
redirect and tries nothing twice; and it hands pictures to the disk while they arrive (wire.py). What is left of the
answer is taken as text and read in gemini_answer.py, because what has been paid for must not be lost on a field that
the SDK's types do not expect.
"""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.bulk import in_bulk
from pipeline.credentials import api_key, api_version_of, missing, secrets, unfit_key, uses_vertex
from pipeline.draw import gemini_answer, gemini_errors, wire
from pipeline.draw.arriving import Arriving
from pipeline.draw.port import Call, Drawn, DrawnPart, Picture, body_sent
from pipeline.errors import AccountRefused, DrawError, Lost, Unavailable

if TYPE_CHECKING:
    import httpx2
    from google import genai
    from google.genai import types


def body_of(call: Call) -> dict[str, Any]:
    """The JSON body of the REST call that `draw` makes.

    References are base64 in the alphabet for URLs, as the SDK writes them; the API reads either.
    """
    body: dict[str, Any] = {"contents": [*_turns_before(call), _user_turn(call.pictures, call.prompt)]}
    instruction = call.request.system_instruction.strip()
    if instruction:
        body["systemInstruction"] = {"role": "user", "parts": [{"text": instruction}]}
    image = {"aspectRatio": call.request.aspect_ratio}
    if call.model.sends_size:
        image["imageSize"] = call.request.image_size
    config: dict[str, Any] = {"responseModalities": ["IMAGE"], "imageConfig": image}
    if call.request.seed is not None:
        config["seed"] = call.request.seed
    return {**body, "generationConfig": config}


def _turns_before(call: Call) -> list[dict[str, Any]]:
    """The conversation so far: each answer whole, with its thoughts, drafts and signatures."""
    turns = []
    for exchange in call.history:
        turns.append(_user_turn(exchange.references, exchange.prompt))
        turns.append({"role": "model", "parts": [_model_part(part) for part in exchange.answer]})
    return turns


def _user_turn(pictures: Sequence[Picture], prompt: str) -> dict[str, Any]:
    return {"role": "user", "parts": [*({"inlineData": _inline(p.data, p.type)} for p in pictures), {"text": prompt}]}


def _model_part(part: DrawnPart) -> dict[str, Any]:
    value: dict[str, Any] = {}
    if (data := part.loaded) is not None:
        value["inlineData"] = _inline(data, part.type or "")
    else:
        value["text"] = part.text or ""
    if part.thought:
        value["thought"] = True
    if part.signature is not None:
        value["thoughtSignature"] = base64.urlsafe_b64encode(base64.b64decode(part.signature)).decode("ascii")
    return value


def _inline(data: bytes, type: str) -> dict[str, str]:
    return {"mimeType": type, "data": base64.urlsafe_b64encode(data).decode("ascii")}


class Gemini:
    """The built-in generator. Credentials come from `environ` alone; a client is opened at the first call."""

    name = "gemini"

    def __init__(self, environ: Mapping[str, str], api_version: str = "v1beta") -> None:
        self._environ = environ
        self._api_version = api_version
        self._opening = asyncio.Lock()
        # To see that a PNG of 4K is whole takes some 50 MB: as many at once as there are cores.
        self._reading = asyncio.Semaphore(os.cpu_count() or 2)
        self._http: httpx2.AsyncClient | None = None
        # The SDK closes a client that nobody holds: so both are held, though only one is used.
        self._client: genai.Client | None = None

    def missing(self) -> str | None:
        """None when there is a key or Vertex AI is set up, else a sentence that names what to set."""
        return missing(self._environ)

    async def draw(self, call: Call) -> Drawn:
        """Make the call, once. Raises a DrawError when there is no usable picture; none holds the key."""
        failure: DrawError
        arriving = Arriving(call.id, call.incoming)
        try:
            text = await self._send(await self._open(), call, arriving)
            async with self._reading:
                # Decoding takes tenths of a second at 4K: not on the loop that serves the other calls.
                return await asyncio.to_thread(_read, text, call, arriving)
        except DrawError as error:
            failure = error
        except Exception as error:  # a table decides, and what it does not know goes up as it is
            translated = gemini_errors.translated(error, call.model)
            if translated is None:
                raise
            failure = translated
        finally:
            arriving.close()
        if isinstance(failure, Lost):
            arriving.forget()
        # Raised here and not in the handler: an error of the SDK holds requests and answers, and so the key.
        raise gemini_errors.without_secrets(failure, secrets(self._environ))

    async def model_ids(self, timeout_s: float) -> tuple[str, ...]:
        """The ids of all models that the API offers for these credentials: free. Raises a DrawError as `draw` does."""
        client = await self._open()
        failure: DrawError
        try:
            async with asyncio.timeout(timeout_s):
                return tuple([(model.name or "").rpartition("/")[2] async for model in await client.aio.models.list()])
        except TimeoutError:
            failure = Unavailable(f"no whole answer within {timeout_s:g} s")
        except Exception as error:  # as in `draw`
            translated = gemini_errors.translated(error)
            if translated is None:
                raise
            failure = translated
        raise gemini_errors.without_secrets(failure, secrets(self._environ))

    def warm(self) -> None:
        """Load all that a first call, and the reading of its answer, need. Nothing is sent."""
        from google.genai import types
        from PIL import Image

        Image.preinit()
        if missing(self._environ) is None and unfit_key(api_key(self._environ)) is None:
            self._opened()
            types.GenerateContentConfig(image_config=types.ImageConfig(aspect_ratio="1:1"))

    async def aclose(self) -> None:
        """Close the connections."""
        http, self._http, self._client = self._http, None, None
        if http is not None:
            await http.aclose()

    async def _send(self, client: genai.Client, call: Call, arriving: Arriving) -> str:
        """The body of the answer, but for its pictures.

        The bound is ours: a transport's time-out does not end an answer that trickles in.
        """
        contents, config = _sdk_arguments(call)
        try:
            async with asyncio.timeout(call.timeout_s):
                with wire.answered_into(arriving):
                    response = await client.aio.models.generate_content(
                        model=call.model.id, contents=contents, config=config
                    )
        except TimeoutError:
            raise Lost(f"no whole answer within {call.timeout_s:g} s") from None
        answer = response.sdk_http_response
        return (answer.body if answer else None) or ""

    async def _open(self) -> genai.Client:
        async with self._opening:
            if self._client is not None:
                return self._client
            lacking = missing(self._environ) or unfit_key(api_key(self._environ))
            if lacking:
                raise AccountRefused(lacking)
            # The SDK alone takes a third of a second to import.
            self._http, client = await asyncio.to_thread(self._opened)
            self._client = client
            return client

    def _opened(self) -> tuple[httpx2.AsyncClient, genai.Client]:
        with in_bulk():  # looking for garbage takes an eighth of the SDK's import
            from google import genai
            from google.genai import types

        http = wire.open_client()
        vertex = uses_vertex(self._environ)
        options = types.HttpOptions(
            api_version=api_version_of(self._api_version, vertex=vertex),
            base_url=self._environ.get("GOOGLE_VERTEX_BASE_URL" if vertex else "GOOGLE_GEMINI_BASE_URL") or None,
            httpx_async_client=http,
            # For the SDK's other clients: nobody uses them, and each would read all certificates anew.
            client_args={"verify": wire.trusted()},
            async_client_args={"ssl": wire.trusted()},
            retry_options=types.HttpRetryOptions(attempts=1),
        )
        project = self._environ.get("GOOGLE_CLOUD_PROJECT") if vertex else None
        if project:
            location = self._environ.get("GOOGLE_CLOUD_LOCATION") or None
            return http, genai.Client(vertexai=True, project=project, location=location, http_options=options)
        return http, genai.Client(vertexai=vertex, api_key=api_key(self._environ) or None, http_options=options)


def _sdk_arguments(call: Call) -> tuple[list[types.Content], types.GenerateContentConfig]:
    """What `body_of` says, in the SDK's types: bytes stay bytes until the SDK writes them out."""
    from google.genai import types

    def user(pictures: Sequence[Picture], prompt: str) -> types.Content:
        parts = [types.Part.from_bytes(data=picture.data, mime_type=picture.type) for picture in pictures]
        return types.Content(role="user", parts=[*parts, types.Part.from_text(text=prompt)])

    def model(part: DrawnPart) -> types.Part:
        data = part.loaded
        picture = types.Blob(data=data, mime_type=part.type) if data is not None else None
        signature = base64.b64decode(part.signature) if part.signature is not None else None
        text = (part.text or "") if picture is None else None
        return types.Part(inline_data=picture, text=text, thought=part.thought or None, thought_signature=signature)

    contents = []
    for exchange in call.history:
        contents.append(user(exchange.references, exchange.prompt))
        contents.append(types.Content(role="model", parts=[model(part) for part in exchange.answer]))
    contents.append(user(call.pictures, call.prompt))
    config = types.GenerateContentConfig(
        response_modalities=["IMAGE"],
        image_config=types.ImageConfig(
            aspect_ratio=call.request.aspect_ratio,
            image_size=call.request.image_size if call.model.sends_size else None,
        ),
        seed=call.request.seed,
        system_instruction=call.request.system_instruction.strip() or None,
        # On by default, and each continuation is another paid request.
        automatic_continuation=False,
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        should_return_http_response=True,
        # In milliseconds; sent along too, so that the server gives up when we do.
        http_options=types.HttpOptions(timeout=round(call.timeout_s * 1000)),
    )
    return contents, config


def _read(text: str, call: Call, arriving: Arriving) -> Drawn:
    arriving.close()
    return gemini_answer.read_answer(
        text,
        model=call.model,
        aspect_ratio=call.request.aspect_ratio,
        image_size=call.request.image_size,
        sent=body_sent(call),
        arrived=arriving.pictures,
    )
