using System.Buffers;
using System.Security.Cryptography;
using SaaS.Core.Http;
using SaaS.Core.Tenancy;

namespace SaaS.Core.Documents.Files;

/// <summary>
/// Received bytes, spooled to disk and hashed while they arrive. The open spool file has no name, so it is gone on dispose and also when
/// the process is killed.
/// </summary>
internal sealed class ReceivedContent : IAsyncDisposable
{
    private const int BufferSize = 128 * 1024;

    private readonly FileStream _spool;

    private ReceivedContent(FileStream spool, long size, string sha256, string md5)
    {
        (_spool, Size, Sha256, Md5) = (spool, size, sha256, md5);
    }

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public string Sha256 { get; }

    /// <summary>32 lower-case hexadecimal digits.</summary>
    public string Md5 { get; }

    /// <summary>Size in bytes.</summary>
    public long Size { get; }

    public static async Task<Result<ReceivedContent>> ReceiveAsync(
        Stream body,
        UploadOptions options,
        IncomingUpload upload,
        CancellationToken ct
    )
    {
        var spool = OpenSpool(options.SpoolFolder);
        try
        {
            if (await CopyAsync(body, spool, options.MaxFileBytes, upload, ct) is not var (size, sha256, md5))
            {
                await spool.DisposeAsync();
                return EffectiveQuotas.StorageExceeded((await upload.ReadRemainingQuotaAsync(ct)).Quota);
            }

            if (size is not 0 && size <= options.MaxFileBytes)
            {
                return new ReceivedContent(spool, size, sha256, md5);
            }

            await spool.DisposeAsync();
            return size is 0 ? FileProblems.Empty : FileProblems.LargerThan(options.MaxFileBytes);
        }
        catch
        {
            await spool.DisposeAsync();
            throw;
        }
    }

    /// <summary>Returns the content from its beginning; may be called repeatedly.</summary>
    public Stream OpenRead()
    {
        _spool.Position = 0;
        return _spool;
    }

    /// <summary>Detects the media type from the first bytes.</summary>
    public async Task<string> DetectMediaTypeAsync(CancellationToken ct)
    {
        var head = new byte[MediaTypes.HeadLength];
        var length = await OpenRead().ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, ct);
        return MediaTypes.Detect(head.AsSpan(0, length));
    }

    public ValueTask DisposeAsync() => _spool.DisposeAsync();

    private static FileStream OpenSpool(string folder)
    {
        Directory.CreateDirectory(folder);
        var spool = new FileStream(
            Path.Combine(folder, Path.GetRandomFileName()),
            new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Share = FileShare.Delete,
                BufferSize = 0,
                Options = FileOptions.Asynchronous | (OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None),
            }
        );

        if (!OperatingSystem.IsWindows())
        {
            File.Delete(spool.Name); // the open handle stays valid, and no file can be left behind
        }

        return spool;
    }

    // Stops at the limit; the rest is not read.
    private static async Task<(long Size, string Sha256, string Md5)?> CopyAsync(
        Stream body,
        FileStream spool,
        long maxBytes,
        IncomingUpload upload,
        CancellationToken ct
    )
    {
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
#pragma warning disable CA5351 // the API contract has an MD5; only SHA-256 decides identity
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            var size = 0L;
            while (size <= maxBytes && await body.ReadAsync(buffer, ct) is > 0 and var read)
            {
                size += read;
                if (!await upload.TryAddAsync(read, ct))
                {
                    return null; // over the tenant's quota, concurrent uploads included
                }

                sha256.AppendData(buffer, 0, read);
                md5.AppendData(buffer, 0, read);
                await spool.WriteAsync(buffer.AsMemory(0, read), ct);
            }

            return (size, Convert.ToHexStringLower(sha256.GetHashAndReset()), Convert.ToHexStringLower(md5.GetHashAndReset()));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
