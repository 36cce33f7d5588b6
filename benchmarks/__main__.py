"""Print every benchmark: what the platform costs beside what has to be paid anyway, as ratios in one run."""

from __future__ import annotations

from benchmarks import factory, history, imports, pipeline, preview, push

if __name__ == "__main__":
    for measure in (push.measure, preview.measure, factory.measure, history.measure, pipeline.measure, imports.measure):
        for line in measure():
            print(line, flush=True)
