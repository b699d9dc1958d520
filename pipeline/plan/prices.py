"""What drawing each asset costs: by what is said to the model, and how many pictures go along."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.plan.decision import Draft
from pipeline.spec.load import Project
from pipeline.words import AssetId, Price, Rendered


class Prices:
    """The prices of a project's assets; what is alike is reckoned once."""

    def __init__(self, project: Project, rendered: Mapping[AssetId, Rendered], drafts: Mapping[AssetId, Draft]) -> None:
        self._project, self._rendered, self._drafts = project, rendered, drafts
        self._found: dict[tuple[str, str, int, int], Price] = {}

    def of(self, id: AssetId) -> Price:
        """What drawing an asset costs, once."""
        asset, settings = self._project.assets[id], self._project.settings
        chars, pictures = self.said(id)
        kind = (asset.model, asset.image_size, chars, pictures)
        if kind not in self._found:
            repeats = settings.retry_lost + settings.retry_blocked
            model = self._project.models.get(asset.model)
            self._found[kind] = model.price(chars, pictures, asset.image_size, repeats)
        return self._found[kind]

    def said(self, id: AssetId) -> tuple[int, int]:
        """Characters and pictures that go along with a call of an asset, the conversation before it included."""
        asset, rendered = self._project.assets[id], self._rendered[id]
        if asset.points:
            return self.said(asset.points[0])
        if asset.source is not None:
            return self.said(asset.source)
        chars = len(rendered.prompt) + sum(len(r.role) + 12 for r in rendered.references)
        pictures = len(rendered.references)
        if asset.previous is not None:
            before = self.said(asset.previous)
        elif asset.continues is not None and asset.owner in self._drafts:
            before = self._drafts[asset.owner].said
        else:
            return chars + len(asset.system_instruction), pictures
        # What the model thought goes along too: three characters are reckoned for a token.
        thoughts = 3 * self._project.models.get(asset.model).thinking_allowance
        return chars + before[0] + thoughts, pictures + before[1] + 1
