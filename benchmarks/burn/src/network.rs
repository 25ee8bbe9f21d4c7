//! A shuzi network as modules of burn, built from its config.json: a sequence of layers,
//! among them residual blocks of branches, then fully connected ones.

use burn::{
    module::Module,
    nn::{
        BatchNorm, BatchNormConfig, Dropout, DropoutConfig, Linear, LinearConfig, PaddingConfig2d,
        Relu,
        conv::{Conv2d, Conv2dConfig},
        pool::{MaxPool2d, MaxPool2dConfig},
    },
    tensor::{Tensor, backend::Backend},
};
use serde_json::Value;

/// Why a config.json is not built.
pub type Refusal = String;

#[derive(Module, Debug)]
pub struct Network<B: Backend> {
    maps: Vec<Layer<B>>,
    vectors: Vec<Full<B>>,
}

#[derive(Module, Debug)]
enum Layer<B: Backend> {
    Plain(Plain<B>),
    Residual(Residual<B>),
}

#[derive(Module, Debug)]
enum Plain<B: Backend> {
    Conv(Conv2d<B>),
    Norm(BatchNorm<B>),
    Relu(Relu),
    Pool(MaxPool2d),
}

#[derive(Module, Debug)]
enum Full<B: Backend> {
    Linear(Linear<B>),
    Relu(Relu),
    Dropout(Dropout),
}

/// Branches on one input, concatenated, what follows them, and the input added.
#[derive(Module, Debug)]
struct Residual<B: Backend> {
    branches: Vec<Vec<Plain<B>>>,
    after: Vec<Plain<B>>,
    scale: f64,
}

/// Channels, height and width.
type Shape = [usize; 3];

impl<B: Backend> Network<B> {
    /// The network, the shape of its images and its number of classes.
    pub fn build(config: &Value, device: &B::Device) -> Result<(Self, Shape, usize), Refusal> {
        let input = &config["architecture"]["input"];
        let image = [
            number(input, "channels")?,
            number(input, "height")?,
            number(input, "width")?,
        ];
        let mut shape = image;
        let (mut maps, mut vectors) = (Vec::new(), Vec::new());
        for layer in list(&config["architecture"], "layers")? {
            match kind(layer) {
                "flatten" => shape = [shape.iter().product(), 1, 1],
                "residual" => maps.push(Layer::Residual(residual(layer, shape, device)?)),
                "linear" => {
                    let out = number(layer, "out_features")?;
                    vectors.push(Full::Linear(LinearConfig::new(shape[0], out).init(device)));
                    shape[0] = out;
                }
                "dropout" => {
                    let rate = layer["rate"].as_f64().ok_or("dropout without rate")?;
                    vectors.push(Full::Dropout(DropoutConfig::new(rate).init()));
                }
                "activation" if !vectors.is_empty() => vectors.push(Full::Relu(relu(layer)?)),
                _ => maps.push(Layer::Plain(plain(layer, &mut shape, device)?)),
            }
        }
        Ok((Self { maps, vectors }, image, shape[0]))
    }

    /// Logits `[n, classes]` of images `[n, c, h, w]`.
    pub fn forward(&self, images: Tensor<B, 4>) -> Tensor<B, 2> {
        let maps = self.maps.iter().fold(images, |x, layer| match layer {
            Layer::Plain(layer) => layer.forward(x),
            Layer::Residual(residual) => residual.forward(x),
        });
        self.vectors
            .iter()
            .fold(maps.flatten(1, 3), |x, layer| match layer {
                Full::Linear(linear) => linear.forward(x),
                Full::Relu(relu) => relu.forward(x),
                Full::Dropout(dropout) => dropout.forward(x),
            })
    }
}

impl<B: Backend> Plain<B> {
    fn forward(&self, x: Tensor<B, 4>) -> Tensor<B, 4> {
        match self {
            Self::Conv(conv) => conv.forward(x),
            Self::Norm(norm) => norm.forward(x),
            Self::Relu(relu) => relu.forward(x),
            Self::Pool(pool) => pool.forward(x),
        }
    }
}

impl<B: Backend> Residual<B> {
    fn forward(&self, x: Tensor<B, 4>) -> Tensor<B, 4> {
        let through = |layers: &[Plain<B>], x| layers.iter().fold(x, |x, layer| layer.forward(x));
        let branches = self.branches.iter();
        let joined = Tensor::cat(branches.map(|b| through(b, x.clone())).collect(), 1);
        through(&self.after, joined) * self.scale + x
    }
}

fn residual<B: Backend>(
    layer: &Value,
    shape: Shape,
    device: &B::Device,
) -> Result<Residual<B>, Refusal> {
    let body = list(layer, "body")?;
    let [first, after @ ..] = body.as_slice() else {
        return Err("an empty residual block".into());
    };
    let (mut branches, mut joined) = (Vec::new(), [0, shape[1], shape[2]]);
    for branch in list(first, "branches")? {
        let mut shape = shape;
        let layers = branch.as_array().ok_or("a branch that is no list")?;
        branches.push(sequence(layers, &mut shape, device)?);
        joined[0] += shape[0];
    }
    Ok(Residual {
        branches,
        after: sequence(after, &mut joined, device)?,
        scale: layer["scale"].as_f64().ok_or("a block without scale")?,
    })
}

fn sequence<B: Backend>(
    layers: &[Value],
    shape: &mut Shape,
    device: &B::Device,
) -> Result<Vec<Plain<B>>, Refusal> {
    let layers = layers.iter();
    layers.map(|layer| plain(layer, shape, device)).collect()
}

fn plain<B: Backend>(
    layer: &Value,
    shape: &mut Shape,
    device: &B::Device,
) -> Result<Plain<B>, Refusal> {
    let channels = shape[0];
    Ok(match (kind(layer), layer["mode"].as_str()) {
        ("conv", _) => {
            let out = number(layer, "out_channels")?;
            let (kernel, stride, padding) = window(layer, shape)?;
            shape[0] = out;
            let conv = Conv2dConfig::new([channels, out], kernel)
                .with_stride(stride)
                .with_groups(number(layer, "groups")?)
                .with_padding(padding)
                .with_bias(layer["bias"] == true);
            Plain::Conv(conv.init(device))
        }
        ("batch-norm", _) => Plain::Norm(BatchNormConfig::new(channels).init(device)),
        ("activation", _) => Plain::Relu(relu(layer)?),
        ("pool", Some("max")) => {
            let (kernel, stride, padding) = window(layer, shape)?;
            let pool = MaxPool2dConfig::new(kernel).with_strides(stride);
            Plain::Pool(pool.with_padding(padding).init())
        }
        (other, _) => return Err(format!("no layer of type {other}")),
    })
}

/// Kernel, stride and padding; `shape` becomes that of the output.
fn window(
    layer: &Value,
    shape: &mut Shape,
) -> Result<([usize; 2], [usize; 2], PaddingConfig2d), Refusal> {
    let pair = |key| -> Result<[usize; 2], Refusal> {
        let numbers = list(layer, key)?.iter().filter_map(Value::as_u64);
        let pair: Vec<usize> = numbers.map(|number| number as usize).collect();
        pair.try_into().map_err(|_| format!("{key} is no pair"))
    };
    let (kernel, stride) = (pair("kernel")?, pair("stride")?);
    let same = match layer["padding"].as_str() {
        Some("same") => true,
        Some("valid") => false,
        _ => return Err(format!("padding {}", layer["padding"])),
    };
    for axis in 0..2 {
        let extent = shape[axis + 1];
        let room = if same {
            extent
        } else {
            extent + 1 - kernel[axis]
        };
        shape[axis + 1] = room.div_ceil(stride[axis]);
    }
    let padding = if same {
        PaddingConfig2d::Same
    } else {
        PaddingConfig2d::Valid
    };
    Ok((kernel, stride, padding))
}

fn relu(layer: &Value) -> Result<Relu, Refusal> {
    match layer["function"].as_str() {
        Some("relu") => Ok(Relu::new()),
        other => Err(format!("no activation {other:?}")),
    }
}

fn kind(layer: &Value) -> &str {
    layer["type"].as_str().unwrap_or_default()
}

fn number(of: &Value, key: &str) -> Result<usize, Refusal> {
    let number = of[key].as_u64().ok_or(format!("no number {key}"))?;
    usize::try_from(number).map_err(|error| error.to_string())
}

fn list<'a>(of: &'a Value, key: &str) -> Result<&'a Vec<Value>, Refusal> {
    of[key].as_array().ok_or(format!("no list {key}"))
}
