FROM python:3.11-slim
WORKDIR /app
COPY requirements/run.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/run.txt
COPY pyproject.toml README.md ./
COPY models models
COPY events events
COPY rooms rooms
COPY actions actions
COPY notifications notifications
COPY server server
RUN pip install --no-cache-dir --no-deps .
ENV ROOMCAST_HOST=0.0.0.0
EXPOSE 8000
CMD ["sh", "-c", "roomcast migrate && exec roomcast serve"]
