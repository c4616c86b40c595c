# Each target works from a bare clone: it first makes the environment it needs (see .ci/setup).
PYTHON ?=
QUESTION ?= I have a flute, a piano, an apple, two drums, and a trumpet. How many musical instruments do I have?
FITTED := boolean_expressions/10 boolean_expressions/14 boolean_expressions/20 web_of_lies/7 web_of_lies/9 navigate/9 \
    navigate/12 object_counting/12 multistep_arithmetic_two/3 multistep_arithmetic_two/4 \
    reasoning_about_colored_objects/4 reasoning_about_colored_objects/8 temporal_sequences/3 tracking_shuffled_objects/3 \
    tracking_shuffled_objects/5 logical_deduction/3 logical_deduction/5 logical_deduction/7 knights_knaves/2 \
    knights_knaves/3 word_problems/2 word_problems/4 belief_stories/1 belief_stories/2
export PYTHON
# Modules are compiled once, not by each of the many processes that tests and servers start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test hostile studio lint types structure bench wheel test-vllm embedded cassettes constraints help

help:           ## what there is
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## /	/' | expand -t 14

demo: .venv/ready-demo          ## watch a meta-thinker and a reasoner answer a question on the embedded model
	.venv/bin/metathink ask "$(QUESTION)" --method rema

test: .venv/ready-test          ## the whole test suite (PYTEST="..." for pytest's own options)
	.venv/bin/python -m pytest $(PYTEST)

hostile: .venv/ready-test       ## hostile input, kills and budgets in their long form; stopped, it goes on (PARTS="budgets,kills")
	mkdir -p runs
	.venv/bin/python -m tests.hostile.long runs/hostile.jsonl $(if $(PARTS),--parts $(PARTS))

studio: .venv/ready-test        ## LangGraph Studio on every machine: see it, edit its settings, run it
	LANGGRAPH_CLI_NO_ANALYTICS=1 LANGSMITH_TRACING=false .venv/bin/langgraph dev

lint: .venv/ready-test          ## style, format, and who may import whom
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/lint-imports

types: .venv/ready-test         ## pyright
	.venv/bin/pyright

structure: .venv/ready-test     ## draw the layers and who imports whom: docs/structure.svg
	.venv/bin/python docs/structure.py

bench: .venv/ready-test         ## cold start and cost of calls, as ratios measured in one run
	.venv/bin/python benchmarks/calls.py

wheel: .venv/ready-test         ## build through the sdist, install elsewhere, import every room
	.ci/wheel

test-vllm: .venv/ready-test .venv-vllm/ready-vllm       ## the dispatch tests against a real vLLM server on the CPU
	METATHINK_VLLM=$(CURDIR)/.venv-vllm/bin/python .venv/bin/python -m pytest -m vllm $(PYTEST)

embedded: .venv/ready-test      ## rebuild the embedded model from its generators, and the confidence fitted to it (a night on two cores)
	for stage in small second third fourth fifth sixth seventh eighth; do \
	    .venv/bin/python -m metathink.training.embedded.train training/embedded/$$stage.toml || exit; done
	for stages in "eighth ninth" "ninth tenth" "tenth eleventh"; do set -- $$stages; \
	    .venv/bin/python -m metathink.training.embedded.export training/embedded/$$1.toml runs/$$1/out && \
	    .venv/bin/python -m metathink.training.embedded.attempts training/embedded/$$2.toml runs/$$1/out/model.gguf \
	        runs/$$1/attempts.jsonl --problems 150 --samples 3 && \
	    .venv/bin/python -m metathink.training.embedded.train training/embedded/$$2.toml || exit; done
	.venv/bin/python -m metathink.training.embedded.export training/embedded/eleventh.toml
	.venv/bin/python -m metathink.training.embedded.suite tasks runs/tasks.jsonl --count 20 --sets $(FITTED)
	.venv/bin/metathink eval control runs/tasks.jsonl --model embedded --out models/embedded/control.json

cassettes: .venv/ready-test     ## record a real model's replies for the tests again (NAME=... MODEL=..., ONLY="--sorts ...")
	.venv/bin/python -m tests.cassettes.record "$(NAME)" "$(MODEL)" $(ONLY)

constraints: .venv/ready-test   ## resolve all pins anew (needs a CPU build of torch within reach)
	grep '^torch==' constraints.txt > .venv/overrides.txt
	.ci/uv pip compile -q pyproject.toml --extra embedded --extra training --extra vectors --extra postgres \
	    --extra sandbox --group dev --universal \
	    --python-version 3.11 --upgrade --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
	    --override .venv/overrides.txt -o constraints.txt

.venv/ready-demo: pyproject.toml constraints.txt .ci/setup
	.ci/setup demo

.venv/ready-test: pyproject.toml constraints.txt .ci/setup
	.ci/setup test

.venv-vllm/ready-vllm: constraints.txt .ci/setup
	.ci/setup vllm
