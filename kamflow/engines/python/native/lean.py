"""The passes of numba that flat integer code needs: a third of the usual time to compile.

What is left out finds parallel loops, inlines closures, rewrites array expressions and prunes branches on
arguments: generated code has none of these. A name keeps one type (``emit`` sees to it), so that the
form in which each name is set once can be left to LLVM.
"""

from __future__ import annotations

from typing import Any


def lean_pipeline() -> type | None:
    """Return the pipeline, or None where this numba has other passes: its own serves as well."""
    try:
        from numba.core import typed_passes as typed
        from numba.core import untyped_passes as untyped
        from numba.core.compiler import CompilerBase
        from numba.core.compiler_machinery import PassManager

        passes = [
            (untyped.TranslateByteCode, "read bytecode"),
            (untyped.FixupArgs, "arguments"),
            (untyped.IRProcessing, "process"),
            (typed.NopythonTypeInference, "types"),
            (typed.AnnotateTypes, "note types"),
            (typed.IRLegalization, "check"),
            (typed.NativeLowering, "lower"),
            (typed.NoPythonBackend, "link"),
        ]
    except (ImportError, AttributeError):
        return None

    new_manager: Any = PassManager

    class Lean(CompilerBase):
        def define_pipelines(self) -> list[PassManager]:
            manager = new_manager("lean")
            for one, name in passes:
                manager.add_pass(one, name)
            manager.finalize()
            return [manager]

    return Lean
