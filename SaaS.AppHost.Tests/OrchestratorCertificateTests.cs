using System.Security.Cryptography.X509Certificates;
using SaaS.AppHost.Lifecycle;

namespace SaaS.AppHost.Tests;

/// <summary>Tests the certificate that is passed to DCP, which would otherwise generate a key at each start.</summary>
public sealed class OrchestratorCertificateTests : IDisposable
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private readonly string _folder = Directory.CreateTempSubdirectory("orchestrator-").FullName;

    private string File => Path.Combine(_folder, "user", "orchestrator.pem");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_certificate_is_created_once_and_readable_only_by_its_owner()
    {
        Assert.SkipUnless(OrchestratorCertificate.IsSupported, "On Windows Aspire takes certificates from the user's store alone.");
        using var created = OrchestratorCertificate.LoadOrCreate(File, TimeProvider.System);
        using var kept = OrchestratorCertificate.LoadOrCreate(File, TimeProvider.System);

        Assert.Equal(ThumbprintOf(created), ThumbprintOf(kept));
        Assert.True(kept.Certificates[0].HasPrivateKey);
        Assert.Equal((false, false), (kept.UseForHttps, kept.TrustCertificate));
#pragma warning disable CA1416 // skipped on Windows
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
#pragma warning restore CA1416
        Assert.Equal([File], Directory.GetFiles(Path.GetDirectoryName(File)!));
    }

    [Theory]
    [InlineData(300, true)]
    [InlineData(340, false)]
    [InlineData(400, false)]
    public void A_certificate_close_to_expiry_is_replaced(int daysLater, bool isKept)
    {
        Assert.SkipUnless(OrchestratorCertificate.IsSupported, "On Windows Aspire takes certificates from the user's store alone.");
        using var created = OrchestratorCertificate.LoadOrCreate(File, new Clock(Now));
        using var later = OrchestratorCertificate.LoadOrCreate(File, new Clock(Now.AddDays(daysLater)));

        Assert.Equal(isKept, ThumbprintOf(created) == ThumbprintOf(later));
        Assert.True(later.Certificates[0].NotAfter.ToUniversalTime() > Now.AddDays(daysLater + 30));
    }

    [Fact]
    public void An_unreadable_certificate_is_replaced()
    {
        Assert.SkipUnless(OrchestratorCertificate.IsSupported, "On Windows Aspire takes certificates from the user's store alone.");
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        System.IO.File.WriteAllText(File, "half a certif");

        using var created = OrchestratorCertificate.LoadOrCreate(File, TimeProvider.System);

        using var read = X509Certificate2.CreateFromPemFile(File);
        Assert.Equal(read.Thumbprint, ThumbprintOf(created));
    }

    /// <summary>The clock may have been wrong when the certificate was created.</summary>
    [Fact]
    public void A_certificate_that_is_not_valid_yet_is_replaced()
    {
        Assert.SkipUnless(OrchestratorCertificate.IsSupported, "On Windows Aspire takes certificates from the user's store alone.");
        using var created = OrchestratorCertificate.LoadOrCreate(File, new Clock(Now.AddDays(200)));
        using var earlier = OrchestratorCertificate.LoadOrCreate(File, new Clock(Now));

        Assert.True(earlier.Certificates[0].NotBefore.ToUniversalTime() <= Now);
    }

    [Fact]
    public void A_certificate_with_a_mismatched_key_is_replaced()
    {
        Assert.SkipUnless(OrchestratorCertificate.IsSupported, "On Windows Aspire takes certificates from the user's store alone.");
        using var created = OrchestratorCertificate.LoadOrCreate(File, TimeProvider.System);
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        System.IO.File.WriteAllText(File, $"{created.Certificates[0].ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");

        using var other = OrchestratorCertificate.LoadOrCreate(File, TimeProvider.System);

        Assert.NotEqual(ThumbprintOf(created), ThumbprintOf(other));
    }

    [Fact]
    public void A_certificate_with_a_key_readable_by_others_is_replaced()
    {
        Assert.SkipUnless(OrchestratorCertificate.IsSupported, "On Windows Aspire takes certificates from the user's store alone.");
        using var created = OrchestratorCertificate.LoadOrCreate(File, TimeProvider.System);
#pragma warning disable CA1416 // skipped on Windows
        System.IO.File.SetUnixFileMode(
            File,
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead
        );

        using var other = OrchestratorCertificate.LoadOrCreate(File, TimeProvider.System);

        Assert.NotEqual(ThumbprintOf(created), ThumbprintOf(other));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
#pragma warning restore CA1416
    }

    [Fact]
    public void A_certificate_that_cannot_be_saved_is_used_for_one_run()
    {
        Assert.SkipUnless(OrchestratorCertificate.IsSupported, "On Windows Aspire takes certificates from the user's store alone.");
        Directory.CreateDirectory(File); // a folder in its place fails for root too

        using var created = OrchestratorCertificate.LoadOrCreate(File, TimeProvider.System);

        Assert.True(created.Certificates[0].HasPrivateKey);
    }

    private static string ThumbprintOf(OrchestratorCertificate certificate) => certificate.Certificates[0].Thumbprint;

    private sealed class Clock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
