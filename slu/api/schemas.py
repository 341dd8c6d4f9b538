"""What the API takes and answers, as JSON."""

from typing import Any, Literal

import numpy as np
from pydantic import Base64Bytes, BaseModel, ConfigDict, Field

from slu.api.errors import ErrorBody
from slu.inference import Prediction, SlotPrediction
from slu.service import Answer

_SHOWN_DECIMALS = 5


class Attention(BaseModel):
    """Where in a recording a slot was heard."""

    start_s: float = Field(description="Where the first weight lies; before 0 in the padding.")
    step_s: float = Field(description="Seconds from one weight to the next.")
    weights: list[float] = Field(description="They sum to 1.")

    @classmethod
    def of(cls, prediction: Prediction, slot: SlotPrediction) -> "Attention":
        """The attention of one slot of a prediction."""
        return cls(
            start_s=round(prediction.attention_start_s, _SHOWN_DECIMALS),
            step_s=prediction.attention_step_s,
            weights=slot.attention.astype(np.float64).round(_SHOWN_DECIMALS).tolist(),
        )


class PredictResponse(BaseModel):
    """What was understood in one recording."""

    model_config = ConfigDict(
        protected_namespaces=(),
        json_schema_extra={
            "example": {
                "request_id": "9f1c4e0b7d5a4c1e8a2b6d3f0e9c8b7a",
                "status": "ok",
                "rejected_reason": None,
                "text": "3 x beras, 97 %",
                "prediction": {"product": "beras", "quantity": "3"},
                "confidence": {"product": 0.981, "quantity": 0.988},
                "joint_confidence": 0.969,
                "probabilities": {
                    "product": {"beras": 0.981, "gula": 0.019},
                    "quantity": {"2": 0.012, "3": 0.988},
                },
                "attention": {
                    "product": {"start_s": 0.05, "step_s": 0.04, "weights": [0.1, 0.2, 0.7]},
                    "quantity": {"start_s": 0.05, "step_s": 0.04, "weights": [0.2, 0.7, 0.1]},
                },
                "latency_ms": 4.2,
                "audio_duration": 1.63,
                "model_version": "m1-20260101-120000",
            }
        },
    )

    request_id: str = Field(description="Names this prediction in the log and in corrections.")
    status: Literal["ok", "rejected"]
    rejected_reason: str | None = Field(None, description="Why there is no answer, and what to do.")
    text: str = Field(description="The answer, or why there is none, as a sentence to show.")
    prediction: dict[str, str] = Field(
        description="Slot -> label. Of a rejected recording it is only a guess, or empty."
    )
    confidence: dict[str, float] = Field(description="Slot -> probability of that label.")
    joint_confidence: float = Field(description="That all slots are right.")
    probabilities: dict[str, dict[str, float]] = Field(
        description="Slot -> label -> probability, calibrated."
    )
    attention: dict[str, Attention]
    latency_ms: float = Field(description="Decoding, model and log; not the network.")
    audio_duration: float = Field(description="Seconds.")
    model_version: str

    @classmethod
    def of(cls, answer: Answer, latency_ms: float) -> "PredictResponse":
        """An answer in the API's words."""
        prediction = answer.prediction
        return cls(
            request_id=answer.request_id,
            status="rejected" if prediction.rejected else "ok",
            rejected_reason=prediction.rejected,
            text=prediction.rejected or prediction.sentence,
            prediction=prediction.labels,
            confidence=prediction.confidences,
            joint_confidence=prediction.joint_confidence,
            probabilities={name: slot.probabilities for name, slot in prediction.slots.items()},
            attention={
                name: Attention.of(prediction, slot) for name, slot in prediction.slots.items()
            },
            latency_ms=round(latency_ms, 3),
            audio_duration=prediction.statistics.duration_s,
            model_version=prediction.model_version,
        )


class BatchItem(BaseModel):
    """What became of one of several recordings: `result` or `error`."""

    filename: str | None = Field(description="As it was sent.", examples=["order-1.wav"])
    result: PredictResponse | None = None
    error: ErrorBody | None = None


class BatchResponse(BaseModel):
    """One item for each file, in the order in which they were sent."""

    results: list[BatchItem]


class FeedbackRequest(BaseModel):
    """What was really meant by a request."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "request_id": "9f1c4e0b7d5a4c1e8a2b6d3f0e9c8b7a",
                "labels": {"product": "gula", "quantity": "3"},
                "consent": False,
            }
        },
    )

    request_id: str = Field(
        pattern=r"^[A-Za-z0-9_-]{1,64}$", description="As the prediction told it."
    )
    labels: dict[str, str] = Field(min_length=1, description="Slot -> right label.")
    audio: Base64Bytes | None = Field(
        None, description="The recording, base64; not looked at without `consent`."
    )
    consent: bool = Field(
        False, description="The speaker agrees that the recording is kept to train on."
    )


class FeedbackResponse(BaseModel):
    """A correction that was kept."""

    request_id: str
    audio_kept: bool


class Health(BaseModel):
    """How the server is."""

    model_config = ConfigDict(protected_namespaces=())

    status: Literal["ok", "degraded", "unavailable"] = Field(
        description="`degraded`: it answers, but could not log everything. "
        "`unavailable`: it has no model to answer with."
    )
    live: Literal[True] = True
    ready: bool = Field(description="Whether predictions are answered.")
    model_version: str | None = Field(examples=["m1-20260101-120000"])
    log_failures: int = Field(
        description="Predictions of this process that are missing in the inference log."
    )


class ModelInfo(BaseModel):
    """One model version."""

    version: str = Field(examples=["m1-20260101-120000"])
    in_use: bool
    created_at: str
    metrics: dict[str, Any] = Field(description="Scores by split.")


class ModelsResponse(BaseModel):
    """All model versions, newest first."""

    in_use: str | None
    models: list[ModelInfo]
