using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SaaS.LocalServices;

namespace SaaS.AppHost.Lifecycle;

/// <summary>
/// The TLS certificate of DCP's API on the loopback address, one per user, valid for a year and trusted by the AppHost only. Without it
/// DCP generates an RSA key at each start, which can take seconds.
/// </summary>
#pragma warning disable ASPIRECERTIFICATES001 // the only way to hand DCP a certificate
internal sealed class OrchestratorCertificate : IDeveloperCertificateService, IDisposable
#pragma warning restore ASPIRECERTIFICATES001
{
    /// <summary>The OID of an ASP.NET Core development certificate; Aspire passes only these to DCP.</summary>
    private const string DevelopmentCertificateOid = "1.3.6.1.4.1.311.84.1.1";

    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(365);
    private static readonly TimeSpan LeastRemaining = TimeSpan.FromDays(30);

    private readonly X509Certificate2 _certificate;

    private OrchestratorCertificate(X509Certificate2 certificate) => _certificate = certificate;

    /// <summary>False on Windows, where Aspire takes the certificate from the user's store instead of from a file.</summary>
    public static bool IsSupported => !OperatingSystem.IsWindows();

    public ImmutableList<X509Certificate2> Certificates => [_certificate];

    public bool SupportsContainerTrust => false;

    public bool UseForHttps => false;

    public bool TrustCertificate => false;

    /// <summary>Loads the certificate from the file, or creates it there. If the file is not writable, it lasts for this run only.</summary>
    public static OrchestratorCertificate LoadOrCreate(string file, TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        return new OrchestratorCertificate(TryLoad(file, now) ?? Create(file, now));
    }

    public void Dispose() => _certificate.Dispose();

    private static X509Certificate2? TryLoad(string file, DateTimeOffset now)
    {
        try
        {
            var kept = X509Certificate2.CreateFromPemFile(file);
            if (IsPrivate(file) && kept.NotBefore.ToUniversalTime() <= now && kept.NotAfter.ToUniversalTime() - now > LeastRemaining)
            {
                return kept;
            }

            kept.Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            // Missing, unreadable or with the key of another certificate: a new certificate replaces it.
        }

        return null;
    }

    // A key that other users of the machine can read is not used.
    private static bool IsPrivate(string file) =>
        OperatingSystem.IsWindows()
        || (File.GetUnixFileMode(file) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite)) == UnixFileMode.None;

    private static X509Certificate2 Create(string file, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        names.AddIpAddress(System.Net.IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: true)); // server authentication
        request.CertificateExtensions.Add(new X509Extension(DevelopmentCertificateOid, [], critical: false));
        var certificate = request.CreateSelfSigned(now.AddDays(-1), now + Lifetime);

        TryStore(file, $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
        return certificate;
    }

    private static void TryStore(string file, string pem)
    {
        try
        {
            PrivateFolder.Create(Path.GetDirectoryName(file)!);
            var draft = $"{file}.{Environment.ProcessId}";
            File.Delete(draft); // left by a killed process; an existing file would keep its mode
            PrivateFolder.Write(draft, pem);
            File.Move(draft, file, overwrite: true); // a concurrent start may have written one
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next start creates another certificate.
        }
    }
}
