using System.Buffers.Binary;
using System.Buffers.Text;

namespace SaaS.Core.Audit;

/// <summary>A place in the order of the audit: newest first, and by id among entries of the same moment.</summary>
internal sealed record AuditPosition(DateTimeOffset OccurredAt, Guid Id)
{
    /// <summary>What <see cref="ToString"/> writes for any time before the year 9000.</summary>
    public const string Pattern = "^[A-J][A-Za-z0-9_-]{31}$";

    private const int IdLength = 16;
    private const int Length = sizeof(long) + IdLength;

    public static AuditPosition Of(AuditEntry entry) => new(entry.OccurredAt, entry.Id);

    /// <returns>Null for a text that no <see cref="ToString"/> has written.</returns>
    public static AuditPosition? TryParse(string? text)
    {
        Span<byte> bytes = stackalloc byte[Length];
        return text is { Length: > 0 and <= 40 } && Base64Url.IsValid(text, out var length) && length == Length && Base64Url.TryDecodeFromChars(text, bytes, out _)
            && BinaryPrimitives.ReadInt64BigEndian(bytes) is >= 0 and var ticks && ticks <= DateTimeOffset.MaxValue.UtcTicks
            ? new AuditPosition(new DateTimeOffset(ticks, TimeSpan.Zero), new Guid(bytes[sizeof(long)..], bigEndian: true))
            : null;
    }

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Length];
        BinaryPrimitives.WriteInt64BigEndian(bytes, OccurredAt.UtcTicks);
        Id.TryWriteBytes(bytes[sizeof(long)..], bigEndian: true, out _);
        return Base64Url.EncodeToString(bytes);
    }
}
