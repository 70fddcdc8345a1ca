using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace SaaS.Core.Paging;

/// <summary>
/// A position in a list: the sort key of the last entry that was shown. A checksum over it and the list refuses a cursor that was
/// changed, or that belongs to another list; it protects no secret, because the key only selects among entries that the caller may read.
/// </summary>
internal static class Cursor
{
    public const string Pattern = "^[A-Za-z0-9_-]{22,}$";
    public const int MaxTextLength = 2_000;

    private const int ChecksumLength = 8;
    private const int IdLength = 16;
    private const int MaxLength = 1_500;

    /// <param name="list">Identifies the list, its filters and its order.</param>
    /// <param name="key">Times, ids, numbers and texts.</param>
    public static string Encode(string list, IReadOnlyList<object> key)
    {
        using var written = new MemoryStream();
        written.Write(new byte[ChecksumLength]);
        foreach (var part in key)
        {
            Write(written, part);
        }

        var bytes = written.ToArray();
        WriteChecksum(list, bytes.AsSpan(ChecksumLength), bytes);
        return Base64Url.EncodeToString(bytes);
    }

    /// <returns>Null for a text that <see cref="Encode"/> has not written for this list.</returns>
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

        // Anybody can compute the checksum, so what follows may still be anything.
        ReadOnlySpan<byte> left = bytes.AsSpan(ChecksumLength);
        var key = new object[types.Count];
        for (var index = 0; index < key.Length; index++)
        {
            if (Read(ref left, types[index]) is not { } part)
            {
                return null;
            }

            key[index] = part;
        }

        return left.IsEmpty ? key : null;
    }

    private static void Write(MemoryStream written, object part)
    {
        switch (part)
        {
            case Guid id:
                written.Write(id.ToByteArray(bigEndian: true));
                break;
            case string text:
                var characters = Encoding.UTF8.GetBytes(text);
                WriteNumber(written, characters.Length);
                written.Write(characters);
                break;
            default:
                WriteNumber(written, part is DateTimeOffset time ? time.UtcTicks : (long)part);
                break;
        }
    }

    private static void WriteNumber(MemoryStream written, long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        written.Write(bytes);
    }

    private static object? Read(ref ReadOnlySpan<byte> left, Type type)
    {
        if (type == typeof(Guid))
        {
            return Take(ref left, IdLength, out var id) ? new Guid(id, bigEndian: true) : null;
        }

        if (!Take(ref left, sizeof(long), out var bytes))
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

        return number is >= 0 and <= MaxLength && Take(ref left, (int)number, out var characters) && characters.IndexOf((byte)0) < 0 ? Encoding.UTF8.GetString(characters) : null;
    }

    private static bool Take(ref ReadOnlySpan<byte> left, int count, out ReadOnlySpan<byte> taken)
    {
        if (left.Length < count)
        {
            taken = default;
            return false;
        }

        taken = left[..count];
        left = left[count..];
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
