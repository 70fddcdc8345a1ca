using System.Buffers.Binary;
using System.Text;

namespace SaaS.Tests.Fixtures;

/// <summary>Reads the part of protobuf that hosts send: https://protobuf.dev/programming-guides/encoding/</summary>
internal static class Protobuf
{
    /// <summary>Returns the fields of a message with their numbers, in wire order: a number, or bytes.</summary>
    public static IEnumerable<(int Field, ulong Number, ReadOnlyMemory<byte> Bytes)> Read(ReadOnlyMemory<byte> message)
    {
        while (!message.IsEmpty)
        {
            var tag = Varint(ref message);
            var (number, bytes) = (0ul, ReadOnlyMemory<byte>.Empty);
            switch (tag & 7)
            {
                case 0:
                    number = Varint(ref message);
                    break;
                case 1:
                    number = BinaryPrimitives.ReadUInt64LittleEndian(Take(ref message, 8).Span);
                    break;
                case 2:
                    bytes = Take(ref message, (int)Varint(ref message));
                    break;
                case 5:
                    number = BinaryPrimitives.ReadUInt32LittleEndian(Take(ref message, 4).Span);
                    break;
                default:
                    throw new InvalidDataException($"No field begins with {tag}.");
            }

            yield return ((int)(tag >> 3), number, bytes);
        }
    }

    /// <summary>Returns the messages in one field of a message.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Read(ReadOnlyMemory<byte> message, int field) =>
        Read(message).Where(it => it.Field == field).Select(it => it.Bytes);

    public static string TextOf(ReadOnlyMemory<byte> message, int field) =>
        Encoding.UTF8.GetString(Read(message, field).FirstOrDefault().Span);

    public static string HexOf(ReadOnlyMemory<byte> message, int field) =>
        Convert.ToHexStringLower(Read(message, field).FirstOrDefault().Span);

    private static ulong Varint(ref ReadOnlyMemory<byte> message)
    {
        var value = 0ul;
        for (var shift = 0; ; shift += 7)
        {
            var next = Take(ref message, 1).Span[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }

    private static ReadOnlyMemory<byte> Take(ref ReadOnlyMemory<byte> message, int count)
    {
        var taken = message[..count];
        message = message[count..];
        return taken;
    }
}
