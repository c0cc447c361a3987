"""Networks: backbones, necks, decode heads and losses."""
