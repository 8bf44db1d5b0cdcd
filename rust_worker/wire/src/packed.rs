use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use crate::malformed::Problem;

/// A scalar of fixed width that a packed field repeats.
pub trait Fixed: Copy {
    const WIDTH: usize;

    /// The element in `bytes`, which are `WIDTH` long.
    fn read(bytes: &[u8]) -> Self;

    /// Appends the element little-endian.
    fn write(self, out: &mut Vec<u8>);
}

macro_rules! fixed {
    ($($scalar:ty),*) => {$(
        impl Fixed for $scalar {
            const WIDTH: usize = size_of::<$scalar>();

            fn read(bytes: &[u8]) -> Self {
                let mut element = [0; size_of::<$scalar>()];
                element.copy_from_slice(bytes);
                Self::from_le_bytes(element)
            }

            fn write(self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }
        }
    )*};
}

fixed!(u32, u64, i32, i64, f32, f64);

/// A repeated field of fixed width: its elements little-endian, back to back, borrowed where they came so.
#[derive(Clone)]
pub struct Packed<'a, T> {
    bytes: Cow<'a, [u8]>,
    element: PhantomData<T>,
}

impl<'a, T: Fixed> Packed<'a, T> {
    /// Copies the elements.
    #[must_use]
    pub fn from_slice(elements: &[T]) -> Self {
        let mut bytes = Vec::with_capacity(elements.len() * T::WIDTH);
        for element in elements {
            element.write(&mut bytes);
        }
        Self {
            bytes: Cow::Owned(bytes),
            element: PhantomData,
        }
    }

    /// Takes little-endian elements as they are.
    ///
    /// # Errors
    /// [`Problem::Elements`] when the length is no multiple of the element's width.
    pub fn from_bytes(bytes: &'a [u8]) -> Result<Self, Problem> {
        if bytes.len().is_multiple_of(T::WIDTH) {
            Ok(Self {
                bytes: Cow::Borrowed(bytes),
                element: PhantomData,
            })
        } else {
            Err(Problem::Elements)
        }
    }

    /// Appends little-endian elements, borrowing them when there were none before.
    pub(crate) fn append(&mut self, bytes: &'a [u8]) -> Result<(), Problem> {
        let more = Self::from_bytes(bytes)?;
        if self.bytes.is_empty() {
            *self = more;
        } else {
            self.bytes.to_mut().extend_from_slice(bytes);
        }
        Ok(())
    }

    /// The elements, little-endian, back to back.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len() / T::WIDTH
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The elements in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = T> + '_ {
        self.bytes.chunks_exact(T::WIDTH).map(T::read)
    }

    /// The same elements without the borrow.
    #[must_use]
    pub fn into_owned(self) -> Packed<'static, T> {
        Packed {
            bytes: Cow::Owned(self.bytes.into_owned()),
            element: PhantomData,
        }
    }
}

/// Says how many elements there are and not which, since they may be a payload.
impl<T: Fixed> fmt::Debug for Packed<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} elements", self.len())
    }
}

impl<T> Default for Packed<'_, T> {
    fn default() -> Self {
        Self {
            bytes: Cow::Borrowed(&[]),
            element: PhantomData,
        }
    }
}

/// Equal when the bytes are: two NaN of the same bits are equal, 0.0 and -0.0 are not.
impl<T> PartialEq for Packed<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}
