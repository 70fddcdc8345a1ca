using System.Buffers;
using System.Text;

namespace SaaS.Core.Documents.Files;

/// <summary>
/// Detects media types from the first bytes of content, by the signatures in IANA's registrations and the formats' own specifications. A
/// claimed type counts only where the bytes allow it: a program named report.pdf stays a program.
/// </summary>
internal static class MediaTypes
{
    /// <summary>Number of bytes that are inspected.</summary>
    public const int HeadLength = 4 * 1024;

    /// <summary>The media type of unrecognised content.</summary>
    public const string Unknown = "application/octet-stream";

    private const string PlainText = "text/plain";
    private const string Html = "text/html";
    private const string Xml = "application/xml";
    private const string Zip = "application/zip";
    private const string CompoundFile = "application/x-ole-storage";

    private static readonly Signature[] Signatures =
    [
        new("application/pdf", "%PDF-"u8.ToArray()),
        new("image/png", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
        new("image/jpeg", [0xFF, 0xD8, 0xFF], "image/jpg", "image/pjpeg"),
        new("image/gif", "GIF8"u8.ToArray()),
        new("image/tiff", [0x49, 0x49, 0x2A, 0x00]),
        new("image/tiff", [0x4D, 0x4D, 0x00, 0x2A]),
        new("image/bmp", "BM"u8.ToArray()) { Condition = head => head.Length > 26 && head[6..10].IndexOfAnyExcept((byte)0) < 0 },
        new("image/x-icon", [0x00, 0x00, 0x01, 0x00], "image/vnd.microsoft.icon"),
        new("image/webp", "RIFF"u8.ToArray()) { Condition = head => HasAt(head, 8, "WEBP"u8) },
        new("audio/wav", "RIFF"u8.ToArray(), "audio/x-wav", "audio/vnd.wave") { Condition = head => HasAt(head, 8, "WAVE"u8) },
        new("video/x-msvideo", "RIFF"u8.ToArray(), "video/avi") { Condition = head => HasAt(head, 8, "AVI "u8) },
        new("image/heic", []) { Condition = head => HasAt(head, 4, "ftypheic"u8) },
        new("image/avif", []) { Condition = head => HasAt(head, 4, "ftypavif"u8) },
        new("video/quicktime", []) { Condition = head => HasAt(head, 4, "ftypqt  "u8) },
        new("video/mp4", [], "audio/mp4", "audio/x-m4a", "video/x-m4v", "video/3gpp") { Condition = head => HasAt(head, 4, "ftyp"u8) },
        new("video/webm", [0x1A, 0x45, 0xDF, 0xA3], "video/x-matroska", "audio/webm", "audio/x-matroska"),
        new("audio/ogg", "OggS"u8.ToArray(), "video/ogg", "application/ogg", "audio/opus"),
        new("audio/flac", "fLaC"u8.ToArray(), "audio/x-flac"),
        new("audio/mpeg", "ID3"u8.ToArray(), "audio/mp3"),
        new("application/gzip", [0x1F, 0x8B], "application/x-gzip", "application/x-tar", "application/x-compressed-tar"),
        new("application/x-bzip2", "BZh"u8.ToArray()),
        new("application/x-xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]),
        new("application/zstd", [0x28, 0xB5, 0x2F, 0xFD]),
        new("application/x-7z-compressed", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]),
        new("application/vnd.rar", "Rar!"u8.ToArray(), "application/x-rar-compressed", "application/x-rar"),
        new("application/x-tar", []) { Condition = head => HasAt(head, 257, "ustar"u8) },
        new("application/rtf", @"{\rtf"u8.ToArray(), "text/rtf"),
        new("application/postscript", "%!PS"u8.ToArray()),
        new("application/vnd.sqlite3", "SQLite format 3\0"u8.ToArray(), "application/x-sqlite3"),
        new("application/x-hdf5", [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], "application/x-hdf", "application/netcdf"),
        new("application/vnd.apache.parquet", "PAR1"u8.ToArray()),
        new("image/vnd.dwg", "AC10"u8.ToArray(), "application/acad", "application/x-acad", "application/dwg", "image/x-dwg"),
        new("font/woff2", "wOF2"u8.ToArray()),
        new("font/woff", "wOFF"u8.ToArray()),
        new("application/x-msdownload", "MZ"u8.ToArray(), "application/x-dosexec"),
        new("application/x-executable", [0x7F, 0x45, 0x4C, 0x46], "application/x-elf", "application/x-sharedlib"),
        new("application/x-mach-binary", [0xCF, 0xFA, 0xED, 0xFE]),
        new("application/x-mach-binary", [0xCA, 0xFE, 0xBA, 0xBE], "application/java-vm"),
        new("application/wasm", [0x00, 0x61, 0x73, 0x6D]),
        new("text/x-shellscript", "#!"u8.ToArray(), "application/x-sh"),
        // Containers last: their first bytes do not reveal their content, so they allow more names.
        new("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ZipMagic)
        {
            Condition = head => IsOfficeFile(head, "word/"u8),
        },
        new("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ZipMagic)
        {
            Condition = head => IsOfficeFile(head, "xl/"u8),
        },
        new("application/vnd.openxmlformats-officedocument.presentationml.presentation", ZipMagic)
        {
            Condition = head => IsOfficeFile(head, "ppt/"u8),
        },
        new("application/epub+zip", ZipMagic) { Condition = head => HasAt(head, 30, "mimetypeapplication/epub+zip"u8) },
        new(Zip, ZipMagic, "application/x-zip-compressed", "application/vnd.google-earth.kmz", "model/3mf", "model/vnd.usdz+zip")
        {
            Families = ["application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument.", "application/vnd.ms-"],
        },
        new(CompoundFile, [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], "application/msword")
        {
            Families = ["application/vnd.ms-", "application/vnd.visio"],
        },
    ];

    // Types that have a signature: a claim of one without it is not accepted.
    private static readonly HashSet<string> Provable = [.. Signatures.SelectMany(signature => signature.Names)];

    private static readonly SearchValues<byte> ControlCharacters = SearchValues.Create([
        .. Enumerable.Range(0, 0x20).Append(0x7F).Select(code => (byte)code).Except("\t\n\r\f\x1B"u8.ToArray()),
    ]);

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    private static byte[] ZipMagic => [0x50, 0x4B, 0x03, 0x04];

    /// <summary>Detects the media type of content.</summary>
    /// <param name="head">The first bytes, up to <see cref="HeadLength"/>.</param>
    public static string Detect(ReadOnlySpan<byte> head)
    {
        foreach (var signature in Signatures)
        {
            if (signature.Matches(head))
            {
                return signature.Type;
            }
        }

        return IsText(head) ? TypeOfText(head) : Unknown;
    }

    /// <summary>Returns true when content of the recognised type may have the claimed type.</summary>
    /// <param name="claimed">The claimed media type in lower case.</param>
    public static bool IsCompatible(string detected, string claimed) =>
        detected switch
        {
            _ when detected == claimed => true,
            Unknown => !Provable.Contains(claimed) && !IsTextual(claimed),
            PlainText => !Provable.Contains(claimed) && claimed is not (Html or Unknown) && !IsXml(claimed),
            Xml => IsXml(claimed),
            _ => Signatures.Any(signature => signature.Type == detected && signature.Allows(claimed)),
        };

    private static bool IsTextual(string type) =>
        type.StartsWith("text/", StringComparison.Ordinal) || type is "application/json" || IsXml(type);

    private static bool IsXml(string type) => type is Xml or "text/xml" || type.EndsWith("+xml", StringComparison.Ordinal);

    // In any encoding, text has no control characters except whitespace and escape.
    private static bool IsText(ReadOnlySpan<byte> head) =>
        head.StartsWith(new byte[] { 0xFF, 0xFE }) || head.StartsWith(new byte[] { 0xFE, 0xFF }) || !head.ContainsAny(ControlCharacters);

    private static string TypeOfText(ReadOnlySpan<byte> head)
    {
        var text = Encoding.Latin1.GetString(head.StartsWith(ByteOrderMark) ? head[ByteOrderMark.Length..] : head).TrimStart();
        string[] pages = ["<!doctype html", "<html", "<head", "<body", "<script", "<iframe"];
        return pages.Any(start => text.StartsWith(start, StringComparison.OrdinalIgnoreCase)) ? Html
            : text.StartsWith("<?xml", StringComparison.Ordinal) || text.StartsWith("<svg", StringComparison.OrdinalIgnoreCase)
                ? text.Contains("<html", StringComparison.OrdinalIgnoreCase) ? Html
                    : Xml
            : PlainText;
    }

    private static bool HasAt(ReadOnlySpan<byte> head, int offset, ReadOnlySpan<byte> bytes) =>
        head.Length >= offset && head[offset..].StartsWith(bytes);

    private static bool IsOfficeFile(ReadOnlySpan<byte> head, ReadOnlySpan<byte> folder) =>
        head.IndexOf("[Content_Types].xml"u8) >= 0 && head.IndexOf(folder) >= 0;

    /// <summary>The signature of a media type.</summary>
    /// <param name="Type">The registered name of the type.</param>
    /// <param name="Start">The first bytes.</param>
    /// <param name="OtherNames">Other accepted names.</param>
    private sealed record Signature(string Type, byte[] Start, params string[] OtherNames)
    {
        public delegate bool Test(ReadOnlySpan<byte> head);

        /// <summary>An additional condition.</summary>
        public Test? Condition { get; init; }

        /// <summary>Prefixes of further names that a container may have.</summary>
        public string[] Families { get; init; } = [];

        public IEnumerable<string> Names => OtherNames.Prepend(Type);

        public bool Matches(ReadOnlySpan<byte> head) => head.StartsWith(Start) && (Condition is null || Condition(head));

        public bool Allows(string name) =>
            Names.Contains(name) || Families.Any(family => name.StartsWith(family, StringComparison.Ordinal));
    }
}
