"""Imports a module of a submission, makes an object of one of its classes if the request says so, and calls methods or
functions for requests over a pipe: `launch.py` runs it with PLAIN FOLDER REQUESTS REPLIES.

Like launch.py, it imports nothing from the harness. PLAIN is the file that encodes values. It reads a request a line
from the file descriptor REQUESTS, and writes a reply a line to REPLIES. FOLDER is the submission's; a traceback keeps
only the lines of files in it.
"""

from __future__ import annotations

import gc
import importlib
import inspect
import json
import os
import re
import runpy
import sys
import traceback
import types
from contextlib import suppress
from typing import IO, Any

LONGEST_TRACEBACK = 4000


class Refusal(Exception):
    """A mistake of the submission that is not an exception of its own. `kind` is a FailureKind of the caller."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


REFERENCE = re.compile(r",? please refer cancellation reasons for specific reasons \[[^]]*\]")


class Worker:
    """Answers requests."""

    def __init__(self, plain: dict[str, Any], folder: str) -> None:
        self._encode = plain["encode"]
        self._decode = plain["decode"]
        self._folder = folder
        self._callee: Any = None

    def answer(self, line: str) -> dict[str, Any]:
        """The reply to a request, with its number."""
        request = self._decode(json.loads(line))
        try:
            reply = {"value": self._value(request)}
        except Refusal as refusal:
            reply = {"failure": {"kind": refusal.kind, "summary": str(refusal), "traceback": ""}}
        except BaseException as error:  # noqa: BLE001  (the reply reports whatever the submission raises)
            reply = {"failure": {"kind": "raised", **self._told(error)}}
        return {"number": request["number"], **reply}

    def _value(self, request: dict[str, Any]) -> Any:
        if "module" in request:
            self._callee = self._made(request)
            return self._places()
        method = getattr(self._callee, request["method"], None)
        if not callable(method):
            raise Refusal("missing", self._lacks(request["method"]))
        value = method(*request["arguments"])
        try:
            return self._encode(value)
        except TypeError as error:
            raise Refusal("not-plain", f"{request['method']} returned {error}, not plain data") from None

    def _lacks(self, name: str) -> str:
        if isinstance(self._callee, types.ModuleType):
            return f"{self._callee.__name__.replace('.', '/')}.py has no function {name}"
        return f"{type(self._callee).__name__} has no method {name}"

    def _made(self, request: dict[str, Any]) -> Any:
        """The module, or an object of its class. If the request has a session, it is the last argument for the
        constructor."""
        gc.disable()  # what is imported stays, so looking for garbage in it only takes time
        try:
            return self._imported(request)
        finally:
            gc.freeze()
            gc.enable()

    def _imported(self, request: dict[str, Any]) -> Any:
        module = importlib.import_module(request["module"])
        if request["class"] is None:
            return module
        made = getattr(module, request["class"], None)
        if not callable(made):
            raise Refusal("missing", f"{request['module'].replace('.', '/')}.py has no class {request['class']}")
        arguments = list(request["arguments"])
        if request["session"] is not None:
            import boto3

            arguments.append(boto3.Session(**request["session"]))
        return made(*arguments)

    def _places(self) -> dict[str, list[Any]]:
        """The file and the line of each method or function that the submission defines."""
        places: dict[str, list[Any]] = {}
        is_module = isinstance(self._callee, types.ModuleType)
        for holder in (self._callee,) if is_module else type(self._callee).__mro__:
            for name, attribute in list(vars(holder).items()):
                with suppress(ValueError):  # a function that wraps itself
                    code = getattr(inspect.unwrap(attribute), "__code__", None)
                    if isinstance(code, types.CodeType) and code.co_filename.startswith(self._folder + os.sep):
                        places.setdefault(name, [code.co_filename[len(self._folder) + 1 :], code.co_firstlineno])
        return places

    def _told(self, error: BaseException) -> dict[str, Any]:
        """An error as its author should see it, without the lines of other code; and where it was."""
        told = traceback.TracebackException.from_exception(error)
        place = self._place(error, told)
        part: traceback.TracebackException | None = told
        while part is not None:
            own = [frame for frame in part.stack if frame.filename.startswith(self._folder + os.sep)]
            part.stack = traceback.StackSummary.from_list(own)
            part = part.__cause__ or part.__context__
        text = "".join(told.format()).replace(self._folder + os.sep, "")
        summary = "".join(told.format_exception_only()).strip()
        if isinstance(error, SyntaxError):
            summary = f"{type(error).__name__}: {error}"
        if reasons := _reasons(error):
            summary = REFERENCE.sub("", summary) + f": {reasons}"
        return {"summary": summary[-LONGEST_TRACEBACK:], "traceback": text[-LONGEST_TRACEBACK:], "place": place}

    def _place(self, error: BaseException, told: traceback.TracebackException) -> list[Any] | None:
        """The innermost file and line of an error that belong to the submission."""
        frames = [(frame.filename, frame.lineno) for frame in told.stack]
        if isinstance(error, SyntaxError) and isinstance(error.filename, str):
            frames.append((error.filename, error.lineno))
        own = [(file, line) for file, line in frames if file.startswith(self._folder + os.sep)]
        return [own[-1][0][len(self._folder) + 1 :], own[-1][1]] if own else None


def _reasons(error: BaseException) -> str:
    """Why a transaction was cancelled, which the message of boto3's exception only refers to.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CancellationReason.html"""
    response = getattr(error, "response", None)
    reasons = response.get("CancellationReasons") if isinstance(response, dict) else None
    return "; ".join(
        f"action {number}: {reason.get('Message')}"
        for number, reason in enumerate(reasons if isinstance(reasons, list) else (), 1)
        if isinstance(reason, dict) and reason.get("Code") != "None"
    )


def serve(worker: Worker, requests: IO[str], replies: IO[str]) -> None:
    """Answers until no more requests come."""
    for line in requests:
        replies.write(json.dumps(worker.answer(line)) + "\n")
        replies.flush()


def main() -> None:
    plain, folder, requests, replies = sys.argv[1:5]
    for descriptor in (int(requests), int(replies)):
        os.set_inheritable(descriptor, False)
    worker = Worker(runpy.run_path(plain), folder)
    with (
        os.fdopen(int(requests), encoding="ascii") as asked,
        os.fdopen(int(replies), "w", encoding="ascii") as answered,
    ):
        serve(worker, asked, answered)


if __name__ == "__main__":
    main()
