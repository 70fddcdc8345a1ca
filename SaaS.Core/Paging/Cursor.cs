using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace SaaS.Core.Paging;

/// <summary>
/// A position in a list: the sort key of the last entry of a page. A checksum detects a cursor that was changed or belongs to another list;
/// it is not secret, because the key only selects among entries that the client may read.
/// </summary>
internal static class Cursor
{
    public const string Pattern = "^[A-Za-z0-9_-]{22,}$";
    public const int MaxTextLength = 2_000;

    private const int ChecksumLength = 8;
    private const int IdLength = 16;
    private const int MaxLength = 1_500;

    /// <param name="list">The identifier of the list, its filters and its order.</param>
    /// <param name="key">The sort key: times, ids, numbers and texts.</param>
    public static string Encode(string list, IReadOnlyList<object> key)
    {
        using var stream = new MemoryStream();
        stream.Write(new byte[ChecksumLength]);
        foreach (var part in key)
        {
            Write(stream, part);
        }

        var bytes = stream.ToArray();
        WriteChecksum(list, bytes.AsSpan(ChecksumLength), bytes);
        return Base64Url.EncodeToString(bytes);
    }

    /// <returns>The sort key; null for a text that <see cref="Encode"/> has not created for this list.</returns>
    public static object[]? TryDecode(string list, string text, IReadOnlyList<Type> types)
    {
        if (!Base64Url.IsValid(text, out var length) || length is <= ChecksumLength or > MaxLength)
        {
            return null;
        }

        var bytes = Base64Url.DecodeFromChars(text);
        Span<byte> expected = stackalloc byte[ChecksumLength];
        WriteChecksum(list, bytes.AsSpan(ChecksumLength), expected);
        if (!expected.SequenceEqual(bytes.AsSpan(0, ChecksumLength)) || Base64Url.EncodeToString(bytes) != text)
        {
            return null;
        }

        // The checksum has no key, so a client can forge it and the rest may be malformed.
        ReadOnlySpan<byte> remaining = bytes.AsSpan(ChecksumLength);
        var key = new object[types.Count];
        for (var index = 0; index < key.Length; index++)
        {
            if (Read(ref remaining, types[index]) is not { } part)
            {
                return null;
            }

            key[index] = part;
        }

        return remaining.IsEmpty ? key : null;
    }

    private static void Write(MemoryStream stream, object part)
    {
        switch (part)
        {
            case Guid id:
                stream.Write(id.ToByteArray(bigEndian: true));
                break;
            case string text:
                var characters = Encoding.UTF8.GetBytes(text);
                WriteNumber(stream, characters.Length);
                stream.Write(characters);
                break;
            default:
                WriteNumber(stream, part is DateTimeOffset time ? time.UtcTicks : (long)part);
                break;
        }
    }

    private static void WriteNumber(MemoryStream stream, long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        stream.Write(bytes);
    }

    private static object? Read(ref ReadOnlySpan<byte> remaining, Type type)
    {
        if (type == typeof(Guid))
        {
            return TryTake(ref remaining, IdLength, out var id) ? new Guid(id, bigEndian: true) : null;
        }

        if (!TryTake(ref remaining, sizeof(long), out var bytes))
        {
            return null;
        }

        var number = BinaryPrimitives.ReadInt64BigEndian(bytes);
        if (type == typeof(DateTimeOffset))
        {
            return number >= 0 && number <= DateTimeOffset.MaxValue.UtcTicks ? new DateTimeOffset(number, TimeSpan.Zero) : null;
        }

        if (type == typeof(long))
        {
            return number;
        }

        return number is >= 0 and <= MaxLength && TryTake(ref remaining, (int)number, out var characters) && characters.IndexOf((byte)0) < 0
            ? Encoding.UTF8.GetString(characters)
            : null;
    }

    private static bool TryTake(ref ReadOnlySpan<byte> remaining, int count, out ReadOnlySpan<byte> taken)
    {
        if (remaining.Length < count)
        {
            taken = default;
            return false;
        }

        taken = remaining[..count];
        remaining = remaining[count..];
        return true;
    }

    private static void WriteChecksum(string list, ReadOnlySpan<byte> key, Span<byte> checksum)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(list));
        hash.AppendData([0]);
        hash.AppendData(key);
        Span<byte> whole = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(whole);
        whole[..ChecksumLength].CopyTo(checksum);
    }
}
