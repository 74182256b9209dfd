# One image for every process of the service; docker-compose.yml says which one a container runs.

FROM python:3.11-slim-bookworm AS build
# durable-rules ships no wheel: it is compiled here, and no compiler reaches the final image.
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements/ requirements/
RUN python -m venv .venv \
 && .venv/bin/pip install --no-cache-dir --require-hashes -r requirements/bootstrap.lock \
 && .venv/bin/uv pip install --no-cache --compile-bytecode --python .venv/bin/python \
      --require-hashes --build-constraints requirements/bootstrap.lock -r requirements/runtime.lock

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data cadencia && install -d -o cadencia /data
WORKDIR /app
COPY --from=build /app/.venv .venv
COPY engine/ engine/
COPY storage/ storage/
COPY channels/ channels/
COPY api/ api/
COPY builder/ builder/
COPY examples/ examples/
COPY pyproject.toml LICENSE ./
ENV PATH=/app/.venv/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 CADENCIA_DATA_DIR=/data CADENCIA_LOG_FORMAT=json
USER cadencia
VOLUME /data
EXPOSE 8000 8501
CMD ["python", "-m", "api.cli", "up"]
