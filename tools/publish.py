"""Make a trained model one of the zoo: float16 weights, ONNX, and a card with its scores by stage."""

from srm_mmseg.cli.publish import main

if __name__ == '__main__':
    main()
