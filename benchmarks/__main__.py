"""Print every benchmark: the platform's cost as a ratio to an unavoidable cost, measured in the same run."""

from __future__ import annotations

from benchmarks import factory, history, imports, pipeline, preview, push

if __name__ == "__main__":
    for measure in (push.measure, preview.measure, factory.measure, history.measure, pipeline.measure, imports.measure):
        for line in measure():
            print(line, flush=True)
