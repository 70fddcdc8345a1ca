using System.Text;
using BCrypt.Net;
using SaaS.Core.Identity.Accounts;

namespace SaaS.Tests.Identity.Accounts;

/// <summary>Tests that the C library and managed code compute the same hashes, so that a hash can be verified on any machine.</summary>
public sealed class BcryptTests
{
    private const string Salt = "$2a$04$abcdefghijklmnopqrstuu";

    public static TheoryData<string> Passwords =>
        new("Engine1843", "", " ", "\0", "a\0b", new string('x', 300), "ÄÖÜß", "日本語", "🙂", "\u00ff\u00ff");

    [Theory, MemberData(nameof(Passwords))]
    public void Native_and_managed_bcrypt_produce_the_same_hash(string password)
    {
        Assert.SkipWhen(Bcrypt.Native is null, "there is no libcrypt.so.1 here");

        var hash = Bcrypt.Managed.Hash(password, Salt);
        Assert.Equal(hash, Bcrypt.Native!.Hash(password, Salt));
        Assert.True(Bcrypt.Native.Verify(password, hash) && Bcrypt.Managed.Verify(password, hash));
        Assert.False(Bcrypt.Native.Verify($"{password}x", hash) || Bcrypt.Managed.Verify($"{password}x", hash));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(6)]
    [InlineData(10)]
    public void Hashes_of_the_previous_library_are_verified(int workFactor)
    {
        var before = BCrypt.Net.BCrypt.EnhancedHashPassword("Engine1843", HashType.SHA384, workFactor);
        foreach (var bcrypt in new[] { Bcrypt.Managed, Bcrypt.Fastest })
        {
            Assert.True(bcrypt.Verify("Engine1843", before));
            Assert.True(BCrypt.Net.BCrypt.EnhancedVerify("Engine1843", bcrypt.Hash("Engine1843", workFactor), HashType.SHA384));
        }
    }

    [Fact]
    public void Linux_uses_the_native_bcrypt_library()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/lib/x86_64-linux-gnu/libcrypt.so.1"), "there is none here");
        Assert.NotNull(Bcrypt.Native);
        Assert.Same(Bcrypt.Native, Bcrypt.Fastest);
    }

    [Fact]
    public async Task Concurrent_hashing_is_thread_safe()
    {
        var hashes = Enumerable
            .Range(0, 50)
            .Select(number =>
                (
                    Password: Encoding.UTF8.GetString([(byte)(number + 33)]),
                    Hash: Bcrypt.Managed.Hash(Encoding.UTF8.GetString([(byte)(number + 33)]), Salt)
                )
            )
            .ToList();
        await Parallel.ForEachAsync(
            hashes,
            (one, _) =>
            {
                Assert.Equal(one.Hash, Bcrypt.Fastest.Hash(one.Password, Salt));
                return ValueTask.CompletedTask;
            }
        );
    }
}
