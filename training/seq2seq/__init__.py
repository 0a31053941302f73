"""The neural code: Keras on TensorFlow, imported only inside a job.

What TensorFlow must know before it is imported is set here.
"""

import os

# Its start-up messages are not the user's: 3 leaves errors only.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# A GPU is shared with whoever else uses it: take memory as it is needed.
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
