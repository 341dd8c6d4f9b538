# Two images:
#   docker build --target app --build-arg TORCH_INDEX=<URL> .   the studio, with everything
#   docker build --target api .                                 the API alone
# TORCH_INDEX is where PyTorch without CUDA is (see the README); without it the studio's image may
# hold several GB of CUDA libraries.

FROM python:3.11-slim-bookworm AS base
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/srv PYTHONUNBUFFERED=1 SLU_PROJECT_ROOT=/project HOME=/tmp
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /tmp slu
# The code is in /srv and never changes; what changes is in /project.
WORKDIR /project
ENTRYPOINT ["python", "-m", "slu.cli"]


FROM base AS api-packages
COPY requirements-api.txt ./
# Removed: packages' own tests, a second copy of ONNX Runtime for programs in C, what makes models,
# and what drives other processors. It is a quarter of the whole.
RUN python -m venv --without-pip /opt/venv \
    && pip --python /opt/venv/bin/python install --no-cache-dir --no-compile -r requirements-api.txt \
    && packages="$(/opt/venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" \
    && find "$packages" -type d -name tests -prune -exec rm -r {} + \
    && rm -r "$packages"/onnxruntime/capi/libonnxruntime.so.* "$packages/onnxruntime/datasets" \
        "$packages/onnxruntime/quantization" "$packages/onnxruntime/tools" \
        "$packages/onnxruntime/transformers" "$packages/ai_edge_litert/tools" \
        "$packages/ai_edge_litert/vendors" "$packages/ai_edge_litert/libLiteRtWebGpuAccelerator.so" \
    && python -m compileall -q -j 0 "$packages"


FROM base AS app-packages
ARG TORCH_INDEX=
COPY requirements.txt ./
RUN python -m venv --without-pip /opt/venv \
    && if [ -n "$TORCH_INDEX" ]; then pip --python /opt/venv/bin/python install --no-cache-dir \
        --index-url "$TORCH_INDEX" "$(grep '^torch==' requirements.txt)"; fi \
    && pip --python /opt/venv/bin/python install --no-cache-dir -r requirements.txt


FROM node:22-bookworm-slim AS web
WORKDIR /web
COPY package.json ./
RUN npm install --no-package-lock --no-audit --no-fund --ignore-scripts


FROM base AS api
COPY --from=api-packages /opt/venv /opt/venv
COPY slu /srv/slu
COPY configs configs
COPY --chown=slu:slu artifacts artifacts
RUN mkdir logs && chown slu:slu logs && python -m compileall -q /srv/slu
USER 10001:10001
VOLUME ["/project/artifacts", "/project/logs"]
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health', timeout=4)"]
CMD ["serve", "--host", "0.0.0.0"]


FROM base AS app
# Four more voices for what the studio speaks.
RUN apt-get update && apt-get install -y --no-install-recommends flite=2.2-5 \
    && rm -rf /var/lib/apt/lists/*
# numba and matplotlib keep what they worked out; the home folder is /tmp.
ENV NUMBA_CACHE_DIR=/tmp/numba MPLCONFIGDIR=/tmp/matplotlib
COPY --from=app-packages /opt/venv /opt/venv
COPY --from=web /web/node_modules/onnxruntime-web/package.json node_modules/onnxruntime-web/
COPY --from=web /web/node_modules/onnxruntime-web/dist/ort.wasm.bundle.min.mjs \
    /web/node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm \
    node_modules/onnxruntime-web/dist/
COPY Home.py /srv/
COPY pages /srv/pages
COPY slu /srv/slu
COPY .streamlit .streamlit
COPY --chown=slu:slu configs configs
COPY --chown=slu:slu artifacts artifacts
RUN mkdir data jobs logs && chown slu:slu data jobs logs && python -m compileall -q /srv
USER 10001:10001
VOLUME ["/project/artifacts", "/project/configs", "/project/data", "/project/jobs", "/project/logs"]
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["app", "--host", "0.0.0.0"]
