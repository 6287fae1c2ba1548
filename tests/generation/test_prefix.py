import pytest
import torch

from generation.prefix import Prefix


@pytest.mark.parametrize("timestep", [999, 42, 0])
def test_what_is_remembered_changes_no_prediction(timestep, engine):
    prior = engine.imagination
    readings = [prior.unprompted, prior.reader.read("a red cat")]
    x = torch.randn(1, 32, generator=torch.Generator().manual_seed(1))

    remembered = Prefix.of(prior.network, readings).predict(x, timestep)
    afresh = prior.network(
        x.expand(2, -1),
        timestep,
        proj_embedding=torch.cat([reading.pooled for reading in readings]),
        encoder_hidden_states=torch.cat([reading.states for reading in readings]),
        attention_mask=torch.cat([reading.mask for reading in readings]),
    ).predicted_image_embedding

    torch.testing.assert_close(remembered, afresh)
