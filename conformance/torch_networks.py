"""The case study's network in PyTorch; not a script itself."""

from torch import nn


class Network(nn.Module):
    """Keras's epsilon and momentum in BatchNorm. Logits, where Keras ends in a softmax."""

    def __init__(self, head, shape=(224, 224, 3)):
        super().__init__()
        height, width, channels = shape
        block = lambda a, b: [nn.Conv2d(a, b, 3), nn.ReLU(), nn.Conv2d(b, b, 3), nn.ReLU(), nn.MaxPool2d(2)] + [
            nn.BatchNorm2d(b, eps=1e-3, momentum=0.01)
        ]
        left = lambda size: ((size - 4) // 2 - 4) // 2
        self.backbone = nn.Sequential(*block(channels, 32), *block(32, 64))
        if head == "flatten":
            flat = 64 * left(height) * left(width)
            dense = [nn.Linear(flat, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)]
            self.head = nn.Sequential(nn.Flatten(), nn.Dropout(0.3), *dense)
        else:
            self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.3), nn.Linear(64, 10))

    def forward(self, x):
        return self.head(self.backbone(x))
